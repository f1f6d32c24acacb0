-- Servers: what all servers of the namespace have told of themselves. The records are in the slot of the index.
--
-- KEYS  1 the index: server -> when it was seen last   2 the record of a server of that name
-- ARGV  1 the name
--
-- The client may map keys, so what stands before and after the name of a server is learned from a key.

local time = redis.call('TIME')
local reply = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }
local at = string.find(KEYS[2], ARGV[1], 1, true)
local before = string.sub(KEYS[2], 1, at - 1)
local after = string.sub(KEYS[2], at + #ARGV[1])
local index = redis.call('HGETALL', KEYS[1])
for i = 1, #index, 2 do
	local record = redis.call('HGETALL', before .. index[i] .. after)
	-- A record that is gone has no fields; the next beat of anybody takes its server out of the index, too
	if #record > 0 then
		table.insert(reply, index[i])
		table.insert(reply, index[i + 1])
		table.insert(reply, tostring(#record))
		for j = 1, #record do
			table.insert(reply, record[j])
		end
	end
end
return reply
