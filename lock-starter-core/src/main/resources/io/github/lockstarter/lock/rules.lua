-- May this tick be started? The rules, shared by ask.lua and start.lua and put in front of both.
--
-- Redis is the referee: the clock is its clock, and nothing a server says about the time counts,
-- but for the nominal time of a tick, which all servers read off the same schedule.
-- Times are milliseconds since the epoch.
--
-- KEYS  1 the RLock   2 the state of the job
-- ARGV  1 kind of tick (NOMINAL, RATE, DELAY, MANUAL)   2 nominal time   3 interval, or how far a nominal tick
--       is from the one before at the least (0: every server names the same ticks)
--       4 how early a start may be   5 how far a clock may be ahead   6 name of the field of the due time
--       7 lock at least for   8 how often one tick is started at most, should its runs crash
--       9 why it is asked for (FIRE, WATCH, CATCH_UP)
--
-- The state is a hash: tick (last nominal tick started), due… (when a rate or delay runs next),
-- held-until (lock at least for), owner, server, started, token (of the last run), ended, outcome
-- (of the last run, absent while it runs), schedule (of the server of the last run), undo (what an abandoned
-- start gives back), open (the nominal tick that was started last, until a run of it has ended under its lock)
-- and attempts (how often that one was started), both only where a tick may be started more than once,
-- crashed (the last tick that was still open when a newer one was started), given-back (the last tick that is
-- run again when it crashes, and whose first start was abandoned), trigger (of the last run), failure (what the last
-- run threw, absent if nothing), failures (how many runs have ended without a success since the last success),
-- succeeded (when the last run that succeeded ended), paused (since when the job is paused), resumed (when it was
-- resumed last), passed (the newest tick that was refused because the job was paused),
-- lost (the lock of the last run was taken away from it by an operator), lease (of the last run),
-- abandoned (the last owners that gave back a lock or a start; a start of theirs that comes later claims nothing).

local kind = ARGV[1]
local tick = tonumber(ARGV[2])
local interval = tonumber(ARGV[3])
local tolerance = tonumber(ARGV[4])
local max_skew = tonumber(ARGV[5])
local due_field = ARGV[6]
local at_least = tonumber(ARGV[7])
local at_most = tonumber(ARGV[8])
local purpose = ARGV[9]

local time = redis.call('TIME')
local now_micros = time[1] * 1000000 + time[2]
local now = math.floor(now_micros / 1000)

local fields = redis.call('HMGET', KEYS[2], 'tick', due_field, 'held-until', 'owner', 'server', 'started', 'ended', 'token',
	'schedule', 'open', 'attempts', 'crashed', 'given-back', 'paused', 'resumed', 'passed', 'lease', 'abandoned')
local state = {
	tick = tonumber(fields[1]), due = tonumber(fields[2]), held_until = tonumber(fields[3]),
	owner = fields[4] or '', server = fields[5] or '', started = tonumber(fields[6]) or 0,
	ended = fields[7], token = tonumber(fields[8]) or 0, schedule = fields[9] or '',
	open = tonumber(fields[10]), attempts = tonumber(fields[11]) or 0, crashed = tonumber(fields[12]),
	given_back = tonumber(fields[13]), paused = fields[14], resumed = tonumber(fields[15]), passed = tonumber(fields[16]),
	lease = tonumber(fields[17]), abandoned = fields[18] or ''
}

-- Was this very tick started before, by a run that has not ended under its lock, and may it be started again?
local is_open = kind == 'NOMINAL' and at_most > 1 and state.tick == tick and state.open == tick

-- A number as Redis shall keep it: Lua would write a large one as 1.7e+15
local function whole(number)
	return string.format('%.0f', number)
end

-- Every answer has one form: verdict, Redis's time, when to ask again (0: no reason to),
-- who runs or ran last, since when, token and tick of a start that is granted, schedule of who ran last,
-- how often this tick was started so far if it is open, which tick is open
local function answer(verdict, ask_again_at, token, started_tick)
	return { verdict, whole(now), whole(ask_again_at or 0), state.server, whole(state.started),
		whole(token or 0), whole(started_tick or 0), state.schedule,
		whole(is_open and state.attempts or 0), whole(state.open or 0) }
end

-- Was this tick, or a newer one, refused because the job is paused? It stays refused when the job is resumed.
-- What a clock has put down that was ahead of this one does not count
local function pass_over()
	if state.paused then
		if not state.passed or state.passed < tick then
			state.passed = tick
			redis.call('HSET', KEYS[2], 'passed', whole(tick))
		end
		return true
	end
	return state.passed and state.passed <= now + tolerance and tick <= state.passed
end

-- The reason why this tick may not be started and when to ask again, or nil if it may
local function refusal()
	if kind == 'NOMINAL' then
		-- Never early: this server's clock is ahead of Redis's
		if tick > now + tolerance then
			if tick - now > max_skew then
				return 'CLOCK_AHEAD', 0
			end
			return 'EARLY', tick
		end
		-- Nobody has ended this tick
		if is_open then
			if state.attempts >= at_most then
				return 'CRASHED', 0
			end
			if pass_over() then
				return 'PAUSED', 0
			end
			-- Not a run of its own: the shortest distance to the next one does not hold for it
			return nil
		end
		-- Once per tick: only a tick that is newer than the last one started
		if state.tick and tick == state.tick then
			return 'ALREADY_RAN', 0
		end
		if state.tick and tick < state.tick then
			-- It was open when the newer one was started
			if at_most > 1 and tick == state.crashed then
				return 'CRASHED', 0
			end
			return 'SUPERSEDED', 0
		end
		-- A trigger of the application's own may count from the last run on its server: then each server names other ticks
		if state.tick and tick < state.tick + interval then
			return 'NOT_DUE', 0
		end
		-- An operator has paused the job. A tick that was due before it was resumed is not made up for, whether or not
		-- anybody has asked for it
		if pass_over() or state.resumed and state.resumed <= now + tolerance and tick < state.resumed then
			return 'PAUSED', 0
		end
		-- The caller has seen a run of this tick that Redis does not know any more. Nobody can tell how it ended, unless
		-- its start was given back
		if purpose == 'WATCH' and state.given_back ~= tick then
			return 'ALREADY_RAN', 0
		end
		-- The caller thinks that nobody was there when this tick came
		if purpose == 'CATCH_UP' then
			-- A job that never ran has missed nothing. So has one that Redis has forgotten, as far as anybody can tell
			if not state.tick then
				return 'ALREADY_RAN', 0
			end
			-- It came during a run, so somebody was there and did not wait for its end
			local ended = tonumber(state.ended)
			if state.started <= tick and (ended and ended >= tick or not ended and redis.call('HEXISTS', KEYS[1], state.owner) == 1) then
				return 'STILL_RUNNING', 0
			end
		end
		-- Held: compared with the tick and not with the clock, so that the next tick is never swallowed by a few milliseconds
		if state.held_until and tick < state.held_until then
			return 'HELD', 0
		end
	elseif kind == 'MANUAL' then
		-- Not tied to a tick, but the shortest distance between two runs holds for it too
		if state.held_until and now < state.held_until then
			return 'HELD', state.held_until
		end
	else
		-- An operator has paused the job. A call by hand is not refused
		if state.paused then
			return 'PAUSED', 0
		end
		-- Once per interval over all servers: the due time is shared
		if state.due and now < state.due - tolerance then
			return 'NOT_DUE', state.due
		end
		if state.held_until and now < state.held_until - tolerance then
			return 'HELD', state.held_until
		end
	end
	return nil
end
