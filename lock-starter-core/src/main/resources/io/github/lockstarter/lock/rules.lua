-- May this tick be started? The rules, and what they look at.
--
-- Redis is the referee: the clock is its clock, and nothing a server says about the time counts,
-- but for the nominal time of a tick, which all servers read off the same schedule.
-- Times are milliseconds since the epoch.
--
-- KEYS  1 the RLock   2 the state of the job   3 its history
--
-- The state is a hash, in which a field that is empty is not there: tick (last nominal tick started), due… (when a rate or delay runs next),
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

local kind = ARGV[KIND]
local tick = tonumber(ARGV[TICK])
local interval = tonumber(ARGV[INTERVAL])
local tolerance = tonumber(ARGV[TOLERANCE])
local max_skew = tonumber(ARGV[MAX_SKEW])
local due_field = ARGV[DUE_FIELD]
local at_least = tonumber(ARGV[AT_LEAST])
local at_most = tonumber(ARGV[AT_MOST])
local purpose = ARGV[PURPOSE]

local fields = redis.call('HMGET', KEYS[2], 'tick', due_field, 'held-until', 'owner', 'server', 'started', 'ended', 'token',
	'schedule', 'open', 'attempts', 'crashed', 'given-back', 'paused', 'resumed', 'passed', 'lease', 'abandoned',
	'run-tick', 'trigger', 'lost', 'failures')
local function text(position)
	return fields[position] or ''
end
local function number(position)
	return tonumber(text(position))
end
local state = {
	tick = number(1), due = number(2), held_until = number(3), owner = text(4), server = text(5), started = number(6) or 0,
	ended = number(7), token = number(8) or 0, schedule = text(9), open = number(10), attempts = number(11) or 0,
	crashed = number(12), given_back = number(13), paused = number(14), resumed = number(15), passed = number(16),
	lease = number(17), abandoned = text(18), run_tick = number(19) or 0, trigger = text(20), lost = text(21) ~= '',
	failures = number(22) or 0
}

local time = redis.call('TIME')
local now_micros = time[1] * 1000000 + time[2]
local now = math.floor(now_micros / 1000)

-- Was this very tick started before, by a run that has not ended under its lock, and may it be started again?
local is_open = kind == 'NOMINAL' and at_most > 1 and state.tick == tick and state.open == tick

-- A number as Redis shall keep it: Lua would write a large one as 1.7e+15
local function whole(number)
	return string.format('%.0f', number)
end

-- Every answer has one form
local function answer(verdict, ask_again_at, lock_holder)
	local reply = {}
	reply[ANSWER_VERDICT] = verdict
	reply[ANSWER_REDIS_TIME] = whole(now)
	-- 0: no reason to
	reply[ANSWER_ASK_AGAIN_AT] = whole(ask_again_at or 0)
	-- Who runs or ran last, since when, with which token, and for which tick
	reply[ANSWER_HOLDER] = state.server
	reply[ANSWER_SINCE] = whole(state.started)
	reply[ANSWER_TOKEN] = whole(state.token)
	reply[ANSWER_TICK] = whole(state.run_tick)
	-- Of who ran last, if it is another one
	reply[ANSWER_SCHEDULE] = state.schedule ~= ARGV[SCHEDULE] and state.schedule or ''
	-- How often this tick was started so far if it is open, and which tick is open
	reply[ANSWER_ATTEMPTS] = whole(is_open and state.attempts or 0)
	reply[ANSWER_OPEN] = whole(state.open or 0)
	-- The field of the lock, where the lock is why
	reply[ANSWER_LOCK_HOLDER] = lock_holder or ''
	return reply
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
local function refusal(is_running)
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
			local ended = state.ended
			if state.started <= tick and (ended and ended >= tick or not ended and is_running) then
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
