-- Ask: would this tick be started now? Takes nothing. For almost every loser this is the whole cost.
-- The answer may be stale by the time it arrives; start.lua decides, under the lock.

-- ARGV  10 how long the state of a job that is paused is kept

-- Paused for as long as anybody asks for it, however long that is
if state.paused then
	redis.call('PEXPIRE', KEYS[2], ARGV[10])
	redis.call('PEXPIRE', KEYS[3], ARGV[10])
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

-- No tick is started before its time, so one that is ahead was put down when this clock was ahead. It is remembered,
-- because it may come once more by the right clock. Not if it is ahead by more than a day: a clock that once was in
-- another year must not silence the job until then.
if state.tick and state.tick > now + 86400000 then
	state.tick = nil
	redis.call('HDEL', KEYS[2], 'tick')
end

-- The same for the lock of the last run: its holder gives it one lease at a time. It has more if this clock was set back,
-- and no end at all if somebody took it away, as by PERSIST or a restore; a holder that is dead would keep it for as long.
-- Nothing is known of the lease of any other holder.
local left = redis.call('PTTL', KEYS[1])
if state.lease and (left == -1 or left > state.lease) and redis.pcall('HEXISTS', KEYS[1], state.owner) == 1 then
	redis.call('PEXPIRE', KEYS[1], state.lease)
	left = state.lease
end

if is_open and left ~= -2 then
	-- Somebody runs this tick, or is in its way. What becomes of it is known when the lease is over at the latest: a
	-- holder that lives has renewed it by then. A lock that is not that of its run may be free at any time
	local wait = 2000
	if left >= 0 and (left < wait or redis.call('HEXISTS', KEYS[1], state.owner) == 1) then
		wait = left
	end
	-- A key is gone after its last millisecond, not in it
	return answer('ALREADY_RAN', now + wait + 20)
end

local verdict, ask_again_at = refusal()
if verdict then
	return answer(verdict, ask_again_at)
end

if left ~= -2 then
	-- Held by the run that was started last. A key of another type is no lock of ours: an error, and not a refusal for ever
	if redis.call('HEXISTS', KEYS[1], state.owner) == 1 and not state.ended then
		-- An earlier version has not written down the lease of its run, so it is not known when the lock would be free
		return answer('STILL_RUNNING', now + (left == -1 and 2000 or left))
	end
	-- Held by somebody who is none of ours, and for ever: to ask again when it is free would be to ask without a pause
	if left == -1 then
		return answer('ENDLESS')
	end
	-- Held by somebody who has not started yet: who it is, the next question will tell
	return answer('BUSY', now + math.max(left, 0))
end

return answer('GO')
