-- Holder: who has the lock. In front of the scripts that say so.
--
-- KEYS  1 the RLock

-- A read or write lock of Redisson's is a hash as well, and keeps beside its holders which of the two it is
local function lock_holder()
	local fields = redis.call('HKEYS', KEYS[1])
	return fields[1] == 'mode' and fields[2] or fields[1]
end
