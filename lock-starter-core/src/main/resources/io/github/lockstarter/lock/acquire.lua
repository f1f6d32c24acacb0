-- Acquire: looks at the rules, takes the lock and writes down the start, or answers why not, in one step. Or only looks.
--
-- Lua does not roll back: whatever can fail for a reason that is not Redis's own comes before the first write of a start.

local owner = ARGV[OWNER]
local acquires = ARGV[MODE] == 'ACQUIRE'

if acquires then
	-- The caller has stopped waiting: a start that takes effect now would claim a tick for nobody, and one that stands
	-- would keep its lock for longer than its run
	local give_up_at = tonumber(ARGV[GIVE_UP_AT])
	if give_up_at > 0 and now > give_up_at or has_given_back(state.abandoned, owner) then
		return answer('TOO_LATE')
	end
	if state.owner == owner then
		-- This start stands: its reply was lost and it is sent again, or a copy of what was refused before has started
		-- it. Or it came to its end meanwhile, or lost its lock
		if not state.ended and redis.call('HEXISTS', KEYS[1], owner) == 1 then
			redis.call('PEXPIRE', KEYS[1], ARGV[LEASE])
			return answer('STARTED')
		end
		return answer('LOST')
	end
end

-- No tick is started before its time, so one that is ahead was put down when this clock was ahead. It is remembered,
-- because it may come once more by the right clock. Not if it is ahead by more than a day: a clock that once was in
-- another year must not silence the job until then.
local is_far_ahead = state.tick and state.tick > now + 86400000

-- What a loser is told almost always, as cheaply as can be
if kind == 'NOMINAL' and at_most <= 1 and state.tick and not is_far_ahead and not state.paused
		and tick <= state.tick and tick <= now + tolerance then
	return answer(tick == state.tick and 'ALREADY_RAN' or 'SUPERSEDED')
end

local left = redis.call('PTTL', KEYS[1])
local is_locked = left ~= -2
-- A key of another type is no lock of ours. That is an error where the lock decides, and not before
local is_running = is_locked and not state.ended and redis.pcall('HEXISTS', KEYS[1], state.owner) == 1

-- Paused for as long as anybody asks for it, however long that is
if state.paused then
	redis.call('PEXPIRE', KEYS[2], ARGV[PAUSE_KEPT])
	redis.call('PEXPIRE', KEYS[3], ARGV[PAUSE_KEPT])
end

-- A due time further away than one interval was set by another clock or for a longer interval. It is pulled in
-- and written down, because a limit that is counted from each question anew would never be reached.
if (kind == 'RATE' or kind == 'DELAY') and state.due and state.due > now + interval + tolerance then
	state.due = now + interval
	redis.call('HSET', KEYS[2], due_field, whole(state.due))
end

-- The same for the instant before which nothing may run. All that a run puts down is its own time, not after its
-- start, and lock at least for.
if state.held_until and state.held_until > now + at_least + tolerance then
	state.held_until = now + at_least
	redis.call('HSET', KEYS[2], 'held-until', whole(state.held_until))
end

if is_far_ahead then
	state.tick = nil
	is_open = false
	redis.call('HSET', KEYS[2], 'tick', '')
end

-- The same for the lock of the last run: its holder gives it one lease at a time. It has more if this clock was set back,
-- and no end at all if somebody took it away, as by PERSIST or a restore; a holder that is dead would keep it for as long.
-- Nothing is known of the lease of any other holder.
if state.lease and (left == -1 or left > state.lease) and redis.pcall('HEXISTS', KEYS[1], state.owner) == 1 then
	redis.call('PEXPIRE', KEYS[1], state.lease)
	left = state.lease
end

if is_open and is_locked then
	-- Somebody runs this tick, or is in its way. What becomes of it is known when the lease is over at the latest: a
	-- holder that lives has renewed it by then. A lock that is not that of its run may be free at any time
	local wait = 2000
	if left >= 0 and (left < wait or redis.call('HEXISTS', KEYS[1], state.owner) == 1) then
		wait = left
	end
	-- A key is gone after its last millisecond, not in it
	return answer('ALREADY_RAN', now + wait + 20)
end

local verdict, ask_again_at = refusal(is_running)
if verdict then
	return answer(verdict, ask_again_at)
end

if is_locked then
	if is_running then
		-- An earlier version has not written down the lease of its run, so it is not known when the lock would be free
		return answer('STILL_RUNNING', now + (left == -1 and 2000 or left))
	end
	local holder = lock_holder()
	-- Held by somebody who is none of ours, and for ever: to ask again when it is free would be to ask without a pause
	if left == -1 then
		return answer('ENDLESS', 0, holder)
	end
	-- Held by another job of the group, or by somebody who is none of ours
	return answer('LOCKED', now + left, holder)
end

if not acquires then
	return answer('GO')
end

-- From here on the tick is this owner's
local failed = take_lock(owner, ARGV[LEASE])
if failed then
	return failed
end

local before = state
-- Who ran last is who ran before: the caller knows of itself, and the schedule is that one's
state = { owner = owner, server = before.server, started = now, schedule = before.schedule, open = before.open }
-- Rises with every run, and because of the clock also after Redis lost its data
state.token = math.max(before.token + 1, now_micros)

local start = { 'HSET', KEYS[2], 'owner', owner, 'server', ARGV[SERVER], 'started', whole(now),
	'token', whole(state.token), 'lease', ARGV[LEASE], 'ended', '', 'outcome', '', 'failure', '', 'lost', '' }
local function put(field, value)
	table.insert(start, field)
	table.insert(start, value)
end

-- What an abandoned start gives back
put('undo', (before.tick and whole(before.tick) or '') .. ';' .. (before.due and whole(before.due) or '') .. ';'
	.. (before.held_until and whole(before.held_until) or '') .. ';'
	.. (before.open and whole(before.open) or '') .. ';' .. (before.open and whole(before.attempts) or ''))

-- Which tick this run is: the nominal time, or the due time, or now. A due time is late, and not of another day, for as
-- long as no other one has passed. One that came before the end of a pause is not made up for
state.run_tick = now
local due = before.due or now
if now - due >= interval or before.resumed and before.resumed <= now + tolerance and due < before.resumed then
	due = now
end
local trigger = ARGV[TRIGGER]
if kind == 'NOMINAL' then
	state.run_tick = tick
	put('tick', whole(tick))
	put('given-back', '')
	if is_open then
		-- The same tick again
		trigger = 'RERUN'
		put('crashed', '')
	elseif before.open then
		-- Nobody has ended the tick before, and nobody will
		put('crashed', whole(before.open))
	end
	state.attempts = is_open and before.attempts + 1 or 1
	is_open = at_most > 1
	state.open = is_open and tick or nil
	put('open', is_open and whole(tick) or '')
	put('attempts', is_open and whole(state.attempts) or '')
elseif kind == 'RATE' then
	-- One interval after the last due time, so that a late run does not shift the phase; but three quarters of the
	-- interval from now at the least, so that a long gap is not followed by a burst
	state.run_tick = math.min(due, now)
	put(due_field, whole(math.max(due + interval, now + math.floor(interval * 3 / 4))))
elseif kind == 'DELAY' then
	-- In case this server dies; the end of the run sets the real one
	state.run_tick = math.min(due, now)
	put(due_field, whole(now + interval))
end
put('run-tick', whole(state.run_tick))
put('trigger', trigger)
if at_least > 0 then
	put('held-until', whole(state.run_tick + at_least))
end
-- For the others, who say so if theirs is another one
if ARGV[SCHEDULE] ~= '' then
	put('schedule', ARGV[SCHEDULE])
end
-- The run before this one has no end, and its lock is gone. Nobody else would write it down any more
local has_crashed = before.owner ~= '' and not before.ended
if has_crashed then
	put('failures', whole(before.failures + 1))
end
local kept = before.paused and ARGV[PAUSE_KEPT] or ARGV[KEPT]
redis.call(unpack(start))
redis.call('PEXPIRE', KEYS[2], kept)
if has_crashed then
	remember({ token = whole(before.token), tick = whole(before.run_tick), server = before.server, trigger = before.trigger,
		started = whole(before.started), outcome = before.lost and 'LOCK_LOST' or 'CRASHED' }, ARGV[HISTORY], kept)
end
return answer('STARTED')
