-- Finish: write down how the run ended and release the lock, in one step.
-- Touches nothing that belongs to a successor, and may be sent again.
--
-- KEYS  1 the RLock   2 the state of the job   3 its history

local owner = ARGV[OWNER]
-- First, because it needs no memory: once a script has written, Redis refuses it nothing for lack of that
local held = free_lock(owner, ARGV[SHARDED])

local fields = redis.call('HMGET', KEYS[2], 'owner', 'ended', 'run-tick', 'open', 'token', 'server', 'trigger', 'started',
	'paused', 'failures', 'outcome')
local function text(position)
	return fields[position] or ''
end

local is_forgotten = held and text(1) == '' and ARGV[TOKEN] ~= '0'
if text(1) ~= owner and not is_forgotten then
	-- Another run has started since, or Redis has forgotten this one
	return 'LOST'
end
if text(2) ~= '' and not is_forgotten then
	-- The reply was lost and the script is sent again
	return text(11)
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = string.format('%.0f', now)
local outcome = held and ARGV[OUTCOME] or 'LOCK_LOST'
local run = { token = text(5), tick = text(3), server = text(6), trigger = text(7), started = text(8), ended = ended,
	outcome = outcome, failure = ARGV[FAILURE] }

local finish = { 'HSET', KEYS[2], 'ended', ended, 'outcome', outcome, 'failure', ARGV[FAILURE], 'undo', '' }
local function put(field, value)
	table.insert(finish, field)
	table.insert(finish, value)
end
if is_forgotten then
	-- The state was deleted or evicted during the run: without it its tick would be run again
	run.token, run.tick, run.server = ARGV[TOKEN], ARGV[RUN_TICK], ARGV[SERVER]
	run.trigger, run.started = ARGV[TRIGGER], ARGV[STARTED]
	put('owner', owner)
	put('token', run.token)
	put('run-tick', run.tick)
	put('server', run.server)
	put('trigger', run.trigger)
	put('started', run.started)
	local tick, interval, at_least = tonumber(run.tick), tonumber(ARGV[INTERVAL]), tonumber(ARGV[AT_LEAST])
	if ARGV[KIND] == 'NOMINAL' then
		put('tick', run.tick)
	elseif ARGV[KIND] == 'RATE' then
		put(ARGV[DUE_FIELD], string.format('%.0f',
			math.max(tick + interval, tonumber(run.started) + math.floor(interval * 3 / 4))))
	end
	if at_least > 0 then
		put('held-until', string.format('%.0f', tick + at_least))
	end
end
if outcome == 'SUCCEEDED' then
	put('succeeded', ended)
	put('failures', '')
else
	put('failures', string.format('%.0f', (tonumber(text(10)) or 0) + 1))
end
if outcome ~= 'LOCK_LOST' and text(3) ~= '' and text(3) == text(4) then
	-- This tick has ended under its lock. One whose run lost it is still open
	put('open', '')
	put('attempts', '')
end
local delay = tonumber(ARGV[DELAY])
if delay > 0 then
	put(ARGV[DUE_FIELD], string.format('%.0f', now + delay))
end
redis.call(unpack(finish))

local kept = text(9) ~= '' and ARGV[PAUSE_KEPT] or ARGV[KEPT]
if is_forgotten then
	redis.call('PEXPIRE', KEYS[2], kept)
end
remember(run, ARGV[HISTORY], kept)
return outcome
