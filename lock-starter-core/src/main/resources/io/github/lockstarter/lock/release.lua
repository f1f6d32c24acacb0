-- Release: take away what keeps a job from running.
--
-- KEYS  1 the RLock   2 the state of the job   3 its history
-- The owner is the one whose lock it is, as the caller has seen ('': nobody's)

local function type_of(key)
	return redis.call('TYPE', key).ok
end

local lock = type_of(KEYS[1])
if lock == 'hash' then
	if redis.call('HEXISTS', KEYS[1], ARGV[OWNER]) == 0 then
		-- Somebody has taken it since; the caller knows nothing of that one
		return 0
	end
	-- A run that goes on is told at its next renewal
	redis.call('DEL', KEYS[1])
	tell_waiting(ARGV[SHARDED])
	local run = type_of(KEYS[2]) == 'hash' and redis.call('HMGET', KEYS[2], 'owner', 'ended') or {}
	if ARGV[MAY_BE_ALIVE] == '1' and run[1] == ARGV[OWNER] and (run[2] or '') == '' then
		-- Its run goes on until it is told, and so it has not crashed
		redis.call('HSET', KEYS[2], 'lost', '1')
	end
elseif lock ~= 'none' then
	-- No lock, and nobody's
	redis.call('DEL', KEYS[1])
end

local state = type_of(KEYS[2])
if state == 'hash' then
	redis.call('HDEL', KEYS[2], 'held-until')
elseif state ~= 'none' then
	-- No job can run beside it
	redis.call('DEL', KEYS[2])
end

local history = type_of(KEYS[3])
if history ~= 'stream' and history ~= 'none' then
	redis.call('DEL', KEYS[3])
end
return 1
