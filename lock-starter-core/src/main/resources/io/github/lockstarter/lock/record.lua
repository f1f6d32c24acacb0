-- Record: what is known of a job. Changes nothing, and answers also where a key is of the wrong type.
--
-- KEYS  1 the RLock   2 the state of the job   3 its history
-- ARGV  1 how many runs to tell of
--
-- Answers a list of texts, '' for what is not known: Redis's time, the types of the three keys, the owner of the lock and
-- how long it lives (-1: for ever), whether that is the owner of the last run (1) and the lease of that, paused, failures, succeeded,
-- held-until, due; then the last run, if there is one, and the history, the newest first, each as tick, token, server,
-- trigger, started, ended, outcome, failure

local time = redis.call('TIME')
local types = {}
for i, key in ipairs(KEYS) do
	types[i] = redis.call('TYPE', key).ok
end
local reply = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), types[1], types[2], types[3] }
local function add(value)
	table.insert(reply, value or '')
end

local names = { 'run-tick', 'token', 'server', 'trigger', 'started', 'ended', 'outcome', 'failure', 'owner', 'paused',
	'failures', 'succeeded', 'held-until', 'due', 'lost', 'lease' }
local state = {}
if types[2] == 'hash' then
	local values = redis.call('HMGET', KEYS[2], unpack(names))
	for i, name in ipairs(names) do
		-- An empty field is not there
		state[name] = values[i] and values[i] ~= '' and values[i] or nil
	end
end

local owner = nil
if types[1] == 'hash' then
	-- There is one, unless somebody else has made this key
	owner = lock_holder()
	if state.owner and redis.call('HEXISTS', KEYS[1], state.owner) == 1 then
		owner = state.owner
	end
end
add(owner)
add(owner and tostring(redis.call('PTTL', KEYS[1])))
add(owner and owner == state.owner and '1')
add(owner and owner == state.owner and state.lease)
add(state.paused)
-- A run that nobody has ended is over when its lock is gone
local outcome = state.owner
		and (state.outcome or owner == state.owner and 'RUNNING' or state.lost and 'LOCK_LOST' or 'CRASHED')
-- A crash is counted by the next start, and until then here
add(outcome == 'CRASHED' and string.format('%.0f', (tonumber(state.failures) or 0) + 1) or state.failures)
add(state.succeeded)
add(state['held-until'])
add(state.due)

if state.owner then
	for i = 1, 6 do
		add(state[names[i]])
	end
	add(outcome)
	add(state.failure)
end

if types[3] == 'stream' and tonumber(ARGV[1]) > 0 then
	local fields = { tick = 1, token = 2, server = 3, trigger = 4, started = 5, ended = 6, outcome = 7, failure = 8 }
	for _, entry in ipairs(redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', ARGV[1])) do
		local run = { '', '', '', '', '', '', '', '' }
		for i = 1, #entry[2], 2 do
			local place = fields[entry[2][i]]
			if place then
				run[place] = entry[2][i + 1]
			end
		end
		for i = 1, 8 do
			add(run[i])
		end
	end
end
return reply
