-- Abandon: the caller asked for the lock, or for the start, and does not know whether it got it. Nothing has run.
-- Gives back whatever there is: the lock, and the tick, so that another server can run it.
--
-- KEYS  1 the RLock   2 the state of the job
-- ARGV  1 owner   2 name of the field of the due time

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
	redis.call('DEL', KEYS[1])
	redis.call('PUBLISH', 'redisson_lock__channel:' .. KEYS[1], '0')
end

local run = redis.call('HMGET', KEYS[2], 'owner', 'undo', 'open', 'run-tick')
if run[1] ~= ARGV[1] or not run[2] then
	-- It never started, or another run has started since
	return 0
end

-- The token stays: it has only to rise
local tick, due, held_until, open, attempts = string.match(run[2], '^(%d*);(%d*);(%d*);(%d*);(%d*)$')
local function restore(field, value)
	if value == '' then
		redis.call('HDEL', KEYS[2], field)
	else
		redis.call('HSET', KEYS[2], field, value)
	end
end
restore('tick', tick)
restore(ARGV[2], due)
restore('held-until', held_until)
restore('open', open)
restore('attempts', attempts)
if run[3] and run[3] == run[4] and run[3] ~= open then
	-- Others may have seen this tick run, and wait for what becomes of it: they may start it
	redis.call('HSET', KEYS[2], 'given-back', run[3])
end
redis.call('HDEL', KEYS[2], 'owner', 'server', 'started', 'run-tick', 'undo', 'trigger')
return 1
