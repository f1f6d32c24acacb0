-- Abandon: the caller asked for a tick, and does not know whether it got it. Nothing has run.
-- Gives back whatever there is: the lock, and the tick, so that another server can run it. It may be carried out before
-- the request that it takes back, so it remembers the owner: that request claims nothing then.
--
-- KEYS  1 the RLock   2 the state of the job

local owner = ARGV[OWNER]
free_lock(owner, ARGV[SHARDED])

local fields = redis.call('HMGET', KEYS[2], 'owner', 'undo', 'open', 'run-tick', 'abandoned')
local function text(position)
	return fields[position] or ''
end

local change = { 'HSET', KEYS[2] }
local function put(field, value)
	table.insert(change, field)
	table.insert(change, value)
end

if not has_given_back(text(5), owner) then
	put('abandoned', given_back_by(text(5), owner))
end
-- Where it never started, or another run has started since, there is no tick to give back
local gives_tick_back = text(1) == owner and text(2) ~= ''
if gives_tick_back then
	-- The token stays: it has only to rise
	local tick, due, held_until, open, attempts = string.match(text(2), '^(%-?%d*);(%-?%d*);(%-?%d*);(%-?%d*);(%d*)$')
	put('tick', tick)
	put(ARGV[DUE_FIELD], due)
	put('held-until', held_until)
	put('open', open)
	put('attempts', attempts)
	if text(4) ~= '' and text(4) == text(3) and text(4) ~= open then
		-- Others may have seen this tick run, and wait for what becomes of it: they may start it
		put('given-back', text(4))
	end
	for _, field in ipairs({ 'owner', 'server', 'started', 'run-tick', 'undo', 'trigger' }) do
		put(field, '')
	end
end

if #change > 2 then
	local written = redis.pcall(unpack(change))
	if type(written) ~= 'number' and gives_tick_back then
		return written
	end
	-- A Redis that takes no writes carries out no request of this owner either
end
-- Also where this broke off here before
if redis.call('PTTL', KEYS[2]) == -1 then
	redis.call('PEXPIRE', KEYS[2], ARGV[KEPT])
end
return gives_tick_back and 1 or 0
