-- Renew: the lease starts anew, if the lock is still the caller's and the caller still counts on it.
--
-- KEYS  1 the RLock

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function answer(verdict)
	return { verdict, string.format('%.0f', now) }
end

if redis.call('HEXISTS', KEYS[1], ARGV[OWNER]) == 0 then
	-- Expired, deleted, forgotten by Redis, or held by somebody else
	return answer('LOST')
end
if now > tonumber(ARGV[GIVE_UP_AT]) then
	-- The command has waited out an outage in a socket, and its sender does not trust the lock any more: a whole lease
	-- more would only keep others waiting. Or this clock has jumped; then the sender is still there and asks again.
	return answer('TOO_LATE')
end
redis.call('PEXPIRE', KEYS[1], ARGV[LEASE])
return answer('RENEWED')
