-- Free: tell those that wait for the lock, as RLock.unlock would. In front of the scripts that release one.
--
-- KEYS  1 the RLock

-- Redisson's clients that wait for the lock listen on a channel that is named after it: by SUBSCRIBE, and on a cluster
-- from Redis 7 on by SSUBSCRIBE. A script cannot see which, and no client listens by both
local function tell_waiting(sharded)
	local tag = string.find(KEYS[1], '{', 1, true) and KEYS[1] or '{' .. KEYS[1] .. '}'
	redis.call('PUBLISH', 'redisson_lock__channel:' .. tag, '0')
	if sharded == '1' and redis.REDIS_VERSION_NUM then
		-- Only Redis 7 and later tell scripts their version. The right may be missing where it is not needed
		redis.pcall('SPUBLISH', 'redisson_lock__channel:' .. tag, '0')
	end
end

-- Return whether the lock was the owner's. Whatever its hold count
local function free_lock(owner, sharded)
	if redis.call('HDEL', KEYS[1], owner) == 0 then
		return false
	end
	tell_waiting(sharded)
	return true
end
