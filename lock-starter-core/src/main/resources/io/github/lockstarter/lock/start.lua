-- Start: claim the tick. Everything that decides is decided here, while the caller holds the RLock.
--
-- ARGV  10 owner (the field of the RLock's hash)   11 server   12 lease
--       13 how long the state is kept   14 the time after which the caller has given up (0: none)
--       15 the schedule of the job on this server ('': not known)   16 what starts the run, if it is no rerun
--       17 how many runs are remembered   18 how long the state of a job that is paused is kept

local owner = ARGV[10]
local lease = tonumber(ARGV[12])

-- Not the caller's lock any more: it was away for longer than its lease
if redis.call('HEXISTS', KEYS[1], owner) == 0 then
	return answer('LOST')
end

-- The reply was lost and the script is sent again: same owner, same answer
if state.owner == owner and not state.ended then
	-- Written once more, because replicas that wait to be told acknowledge writes only
	redis.call('PEXPIRE', KEYS[1], lease)
	return answer('STARTED', 0, state.token, tonumber(redis.call('HGET', KEYS[2], 'run-tick')))
end

-- The caller has stopped waiting; a start that takes effect now would claim a tick for nobody. Nobody starts without
-- the lock, so who does not start gives it back in the same step
local give_up_at = tonumber(ARGV[14])
if give_up_at > 0 and now > give_up_at or string.find(' ' .. state.abandoned .. ' ', ' ' .. owner .. ' ', 1, true) then
	free_lock()
	return answer('TOO_LATE')
end

-- The rules once more: another server may have run since the question
local verdict, ask_again_at = refusal()
if verdict then
	free_lock()
	return answer(verdict, ask_again_at)
end

local kept = state.paused and ARGV[18] or ARGV[13]

-- The run before this one has no end, and its lock is gone. Nobody else would write it down any more
if state.owner ~= '' and not state.ended then
	local crashed = redis.call('HMGET', KEYS[2], 'run-tick', 'trigger', 'lost')
	remember({ token = whole(state.token), tick = crashed[1] or '0', server = state.server, trigger = crashed[2] or '',
		started = whole(state.started), outcome = crashed[3] and 'LOCK_LOST' or 'CRASHED' }, ARGV[17], kept)
	redis.call('HINCRBY', KEYS[2], 'failures', 1)
end

-- What an abandoned start gives back
local undo = (state.tick and whole(state.tick) or '') .. ';' .. (state.due and whole(state.due) or '') .. ';'
	.. (state.held_until and whole(state.held_until) or '') .. ';'
	.. (state.open and whole(state.open) or '') .. ';' .. (state.open and whole(state.attempts) or '')

-- Which tick this run is: the nominal time, or the due time, or now. A due time is late, and not of another day, for as
-- long as no other one has passed. One that came before the end of a pause is not made up for
local run_tick = now
local due = state.due or now
if now - due >= interval or state.resumed and state.resumed <= now + tolerance and due < state.resumed then
	due = now
end
local trigger = ARGV[16]
if kind == 'NOMINAL' then
	run_tick = tick
	redis.call('HSET', KEYS[2], 'tick', whole(tick))
	redis.call('HDEL', KEYS[2], 'given-back')
	if is_open then
		-- The same tick again
		trigger = 'RERUN'
		redis.call('HDEL', KEYS[2], 'crashed')
	elseif state.open then
		-- Nobody has ended the tick before, and nobody will
		redis.call('HSET', KEYS[2], 'crashed', whole(state.open))
	end
	state.attempts = is_open and state.attempts + 1 or 1
	is_open = at_most > 1
	if is_open then
		state.open = tick
		redis.call('HSET', KEYS[2], 'open', whole(tick), 'attempts', whole(state.attempts))
	else
		state.open = nil
		redis.call('HDEL', KEYS[2], 'open', 'attempts')
	end
elseif kind == 'RATE' then
	-- One interval after the last due time, so that a late run does not shift the phase; but three quarters of the
	-- interval from now at the least, so that a long gap is not followed by a burst
	run_tick = math.min(due, now)
	redis.call('HSET', KEYS[2], due_field, whole(math.max(due + interval, now + math.floor(interval * 3 / 4))))
elseif kind == 'DELAY' then
	-- In case this server dies; the end of the run sets the real one
	run_tick = math.min(due, now)
	redis.call('HSET', KEYS[2], due_field, whole(now + interval))
end
if at_least > 0 then
	redis.call('HSET', KEYS[2], 'held-until', whole(run_tick + at_least))
end

-- Rises with every run, and because of the clock also after Redis lost its data
local token = math.max(state.token + 1, now_micros)

redis.call('HSET', KEYS[2], 'owner', owner, 'server', ARGV[11], 'started', whole(now), 'token', whole(token),
	'run-tick', whole(run_tick), 'undo', undo, 'trigger', trigger, 'lease', ARGV[12])
redis.call('HDEL', KEYS[2], 'ended', 'outcome', 'failure', 'lost')
-- For the others, who say so if theirs is another one
if ARGV[15] ~= '' then
	redis.call('HSET', KEYS[2], 'schedule', ARGV[15])
end
redis.call('PEXPIRE', KEYS[2], kept)
-- The lease counts from here
redis.call('PEXPIRE', KEYS[1], lease)

state.server = ARGV[11]
state.started = now
return answer('STARTED', 0, token, run_tick)
