-- Finish: write down how the run ended and release the lock, in one step.
-- Touches nothing that belongs to a successor, and may be sent again.
--
-- KEYS  1 the RLock   2 the state of the job   3 its history
-- ARGV  1 owner   2 outcome   3 delay until the next run is due (0: leave the due time alone)
--       4 name of the field of the due time   5 how long the state is kept   6 what the run threw ('': nothing)
--       7 how many runs are remembered   8 how long the state of a job that is paused is kept

local held = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
if held then
	-- Whatever its hold count: a command that was resent may have counted it twice
	free_lock()
end

local run = redis.call('HMGET', KEYS[2], 'owner', 'ended', 'run-tick', 'open', 'token', 'server', 'trigger', 'started',
	'paused')
if run[1] ~= ARGV[1] then
	-- Another run has started since, or Redis has forgotten this one
	return 'LOST'
end
if run[2] then
	-- The reply was lost and the script is sent again
	return redis.call('HGET', KEYS[2], 'outcome')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local outcome = held and ARGV[2] or 'LOCK_LOST'
local ended = string.format('%.0f', now)
redis.call('HSET', KEYS[2], 'ended', ended, 'outcome', outcome)
if ARGV[6] ~= '' then
	redis.call('HSET', KEYS[2], 'failure', ARGV[6])
end
if outcome == 'SUCCEEDED' then
	redis.call('HSET', KEYS[2], 'succeeded', ended)
	redis.call('HDEL', KEYS[2], 'failures')
else
	redis.call('HINCRBY', KEYS[2], 'failures', 1)
end
redis.call('HDEL', KEYS[2], 'undo')
if outcome ~= 'LOCK_LOST' and run[3] == run[4] then
	-- This tick has ended under its lock. One whose run lost it is still open
	redis.call('HDEL', KEYS[2], 'open', 'attempts')
end
local delay = tonumber(ARGV[3])
if delay > 0 then
	redis.call('HSET', KEYS[2], ARGV[4], string.format('%.0f', now + delay))
end
local kept = run[9] and ARGV[8] or ARGV[5]
remember({ token = run[5] or '0', tick = run[3] or '0', server = run[6] or '', trigger = run[7] or '', started = run[8] or '0',
	ended = ended, outcome = outcome, failure = ARGV[6] }, ARGV[7], kept)
redis.call('PEXPIRE', KEYS[2], kept)
return outcome
