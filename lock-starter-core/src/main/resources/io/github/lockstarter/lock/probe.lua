-- Probe: could a lock be had? Takes one and releases it, as RLock would, so that whatever would refuse it refuses this.
--
-- KEYS  1 a key that is no job's, in the slot of a job's
-- ARGV  1 server   2 lease

local time = redis.call('TIME')
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', 'redisson_lock__channel:' .. KEYS[1], '0')
return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
