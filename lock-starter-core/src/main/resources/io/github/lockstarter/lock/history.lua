-- History: one entry of a stream for every run that is over. In front of the scripts that write one.
--
-- KEYS  3 the history of the job

-- The entry is named by the token, so it is there once, however often a script is sent. Nothing that is wrong with the
-- history keeps a job from running, or its lock from being released
local function remember(run, at_most, kept)
	if tonumber(at_most) == 0 then
		return
	end
	local entry = { 'XADD', KEYS[3], 'MAXLEN', at_most, run.token .. '-0', 'tick', run.tick, 'token', run.token,
		'server', run.server, 'trigger', run.trigger, 'started', run.started, 'outcome', run.outcome }
	if run.ended then
		table.insert(entry, 'ended')
		table.insert(entry, run.ended)
	end
	if run.failure and run.failure ~= '' then
		table.insert(entry, 'failure')
		table.insert(entry, run.failure)
	end
	redis.pcall(unpack(entry))
	redis.pcall('PEXPIRE', KEYS[3], kept)
end
