-- Beat: a server tells of itself what has changed, and learns what all servers have told of the jobs.
-- Says the same when it is sent again.
--
-- KEYS  1 the index: server -> when it was seen last   2 the record of this server   3 the jobs of the namespace
-- ARGV  1 server   2 how long its record is kept   3 how long the jobs are kept
--       4 after which silence a server is gone   5 how many that are gone are kept at most
--       6 1: all there is to tell, 0: what has changed   7 the mark of the last beat that was understood   8 its mark
--       9 the number of the last beat that was understood   10 how many fields of the record follow
--       then the fields, each with its value; the first two are the number of this beat and its process
--       then for each job with news: its name; how long ago a run began, one succeeded, one was still going on
--       ('': no news); 1: it is paused, 0: it is not ('': no news)
--
-- A job is one field: began, succeeded, was still going on, paused since, resumed. All are times of this clock,
-- because a server says only how long ago something was. 0: never, as far as anybody knows.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local server = ARGV[1]
local all = ARGV[6] == '1'

local function whole(number)
	return string.format('%.0f', number)
end

-- A record that is gone, or that another process with this name has written since, is not mended by what has changed
local record = redis.call('HMGET', KEYS[2], 'mark', 'process', 'number')
local mark = record[1]
local number = tonumber(record[3] or 0)
local own = mark == ARGV[7] or mark == ARGV[8]
local other = mark and not own
-- Nor is one by what has changed since a beat of which this Redis does not know, because it has gone back in time
local known = own and number >= tonumber(ARGV[9])
-- What the same process has told before what is there says nothing new: it comes late, or for the second time
local late = record[2] == ARGV[14] and number > tonumber(ARGV[12])
if all and not late then
	redis.call('DEL', KEYS[2])
	known = true
end
local last = 10 + 2 * tonumber(ARGV[10])
if known and not late then
	redis.call('HSET', KEYS[2], ARGV[11], ARGV[12])
	-- From its first field on, and not at all without: a server that ends now never mends it
	local kept = redis.pcall('PEXPIRE', KEYS[2], ARGV[2])
	if type(kept) == 'table' then
		redis.call('DEL', KEYS[2])
		return kept
	end
	for i = 13, last, 2 do
		redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
	end
	redis.call('HSET', KEYS[1], server, whole(now))
	redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

-- Servers that are gone are forgotten after a while; and the oldest of them at once if they are too many, as where a
-- server starts again and again under new names
local gone = {}
local index = redis.call('HGETALL', KEYS[1])
for i = 1, #index, 2 do
	local seen = tonumber(index[i + 1])
	if seen < now - tonumber(ARGV[2]) then
		redis.call('HDEL', KEYS[1], index[i])
	elseif seen < now - tonumber(ARGV[4]) then
		table.insert(gone, { seen, index[i] })
	end
end
if #gone > tonumber(ARGV[5]) then
	table.sort(gone, function(one, other) return one[1] > other[1] end)
	for i = tonumber(ARGV[5]) + 1, #gone do
		redis.call('HDEL', KEYS[1], gone[i][2])
	end
end

-- Work of code may have any number of names, and all are told to everybody
local room = 2000 - #redis.call('HKEYS', KEYS[3])
for i = last + 1, late and 0 or #ARGV, 5 do
	local entry = { 0, 0, 0, 0, 0 }
	local n = 0
	for number in string.gmatch(redis.call('HGET', KEYS[3], ARGV[i]) or '', '%d+') do
		n = n + 1
		entry[n] = tonumber(number)
	end
	for field = 1, 3 do
		if ARGV[i + field] ~= '' then
			-- Another server may have told of a later one
			entry[field] = math.max(entry[field], now - tonumber(ARGV[i + field]))
		end
	end
	if ARGV[i + 4] == '1' and entry[4] == 0 then
		entry[4] = now
	elseif ARGV[i + 4] == '0' and entry[4] > 0 then
		entry[4] = 0
		entry[5] = now
	end
	for field = 1, 5 do
		entry[field] = whole(entry[field])
	end
	if n > 0 or room > 0 then
		room = room - (n > 0 and 0 or 1)
		redis.call('HSET', KEYS[3], ARGV[i], table.concat(entry, ' '))
	end
end

local reply = { whole(now), known and '1' or other and '2' or '0' }
local jobs = redis.call('HGETALL', KEYS[3])
for i = 1, #jobs, 2 do
	local latest = 0
	for number in string.gmatch(jobs[i + 1], '%d+') do
		latest = math.max(latest, tonumber(number))
	end
	if latest < now - tonumber(ARGV[3]) then
		-- Of a job that nobody has any more, most likely
		redis.call('HDEL', KEYS[3], jobs[i])
	else
		table.insert(reply, jobs[i])
		table.insert(reply, jobs[i + 1])
	end
end
if #jobs > 0 then
	redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return reply
