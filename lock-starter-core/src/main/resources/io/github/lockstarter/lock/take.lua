-- Take: the lock as RLock.tryLock would. In front of the scripts that take one.
--
-- KEYS  1 the RLock

-- Set and not counted up: a command that is sent again counts once
local function take_lock(owner, lease)
	redis.call('HSET', KEYS[1], owner, '1')
	redis.call('PEXPIRE', KEYS[1], lease)
end
