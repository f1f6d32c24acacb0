-- Layout: take a lock as acquire does, or give it back as finish does, and nothing else.
--
-- KEYS  1 an RLock that is no job's

if ARGV[MODE] == 'TAKE' then
	local failed = take_lock(ARGV[OWNER], ARGV[LEASE])
	return failed or redis.call('HEXISTS', KEYS[1], ARGV[OWNER])
end
return free_lock(ARGV[OWNER], ARGV[SHARDED]) and 1 or 0
