-- Pause: from now on the rules refuse the ticks of the schedule; or no more.
--
-- KEYS  2 the state of the job   3 its history
-- ARGV  1 paused (1) or not (0)   2 how long the state of a job that is paused is kept

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local paused = ARGV[1] == '1'

if paused == (redis.call('HEXISTS', KEYS[2], 'paused') == 1) then
	-- As it was. Or the reply was lost and the script is sent again
	return 0
end
if paused then
	redis.call('HSET', KEYS[2], 'paused', now)
	for i = 2, 3 do
		-- One whose schedule has a longer gap lives longer than that
		if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then
			redis.call('PEXPIRE', KEYS[i], ARGV[2])
		end
	end
else
	-- What was due before is not made up for. How long the state is kept, the next run says
	redis.call('HSET', KEYS[2], 'resumed', now)
	redis.call('HDEL', KEYS[2], 'paused')
end
return 1
