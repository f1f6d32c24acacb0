-- Servers: what all servers of the namespace have told of themselves. The records are in the slot of the index.
--
-- KEYS  1 the index: server -> when it was seen last
-- ARGV  1 what the key of a record is before the name of its server

local time = redis.call('TIME')
local reply = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }
local index = redis.call('HGETALL', KEYS[1])
for i = 1, #index, 2 do
	local record = redis.call('HGETALL', ARGV[1] .. index[i])
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
