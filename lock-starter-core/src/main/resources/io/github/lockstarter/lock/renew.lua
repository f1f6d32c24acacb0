-- Renew: the lease starts anew, if the lock is still the caller's.
--
-- KEYS  1 the RLock
-- ARGV  1 owner   2 lease

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
	-- Expired, deleted, forgotten by Redis, or held by somebody else
	return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
