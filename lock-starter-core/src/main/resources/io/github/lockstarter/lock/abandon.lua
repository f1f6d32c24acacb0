-- Abandon: the caller asked for the lock, or for the start, and does not know whether it got it. Nothing has run.
-- Gives back whatever there is: the lock, and the tick, so that another server can run it. It may be carried out before
-- the start that it takes back, so it remembers the owner: that start claims nothing then.
--
-- KEYS  1 the RLock   2 the state of the job
-- ARGV  1 owner   2 name of the field of the due time   3 how long the state is kept

local owner = ARGV[1]

if redis.call('HEXISTS', KEYS[1], owner) == 1 then
	free_lock()
end

local function restore(field, value)
	if value == '' then
		redis.call('HDEL', KEYS[2], field)
	else
		redis.call('HSET', KEYS[2], field, value)
	end
end

-- The token stays: it has only to rise
local function give_tick_back()
	local run = redis.call('HMGET', KEYS[2], 'owner', 'undo', 'open', 'run-tick')
	if run[1] ~= owner or not run[2] then
		-- It never started, or another run has started since
		return 0
	end
	local tick, due, held_until, open, attempts = string.match(run[2], '^(%d*);(%d*);(%d*);(%d*);(%d*)$')
	restore('tick', tick)
	restore(ARGV[2], due)
	restore('held-until', held_until)
	restore('open', open)
	restore('attempts', attempts)
	if run[3] and run[3] == run[4] and run[3] ~= open then
		-- Others may have seen this tick run, and wait for what becomes of it: they may start it
		redis.call('HSET', KEYS[2], 'given-back', run[3])
	end
	redis.call('HDEL', KEYS[2], 'owner', 'server', 'started', 'run-tick', 'undo', 'trigger')
	return 1
end

local function remember_owner()
	local before = redis.call('HGET', KEYS[2], 'abandoned') or ''
	if string.find(' ' .. before .. ' ', ' ' .. owner .. ' ', 1, true) then
		return
	end
	local last = { owner }
	for other in string.gmatch(before, '%S+') do
		if #last < 8 then
			table.insert(last, other)
		end
	end
	-- A Redis that takes no writes carries out no start either
	local written = redis.pcall('HSET', KEYS[2], 'abandoned', table.concat(last, ' '))
	if type(written) == 'number' and redis.call('PTTL', KEYS[2]) == -1 then
		redis.call('PEXPIRE', KEYS[2], ARGV[3])
	end
end

local given_back = give_tick_back()
remember_owner()
return given_back
