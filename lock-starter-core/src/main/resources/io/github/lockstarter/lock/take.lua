-- Take: the lock as RLock.tryLock would. In front of the scripts that take one.
--
-- KEYS  1 the RLock

-- Set and not counted up: a command that is sent again counts once. A lock that is given no end is not taken: where its
-- owner dies nobody would release it. Return the error if there is one
local function take_lock(owner, lease)
	redis.call('HSET', KEYS[1], owner, '1')
	local expires = redis.pcall('PEXPIRE', KEYS[1], lease)
	if type(expires) ~= 'number' then
		redis.call('HDEL', KEYS[1], owner)
		return expires
	end
end
