-- Owners: of the last owners that gave back what they may have got. A request of theirs that comes later claims nothing.

local function has_given_back(owners, owner)
	return string.find(' ' .. owners .. ' ', ' ' .. owner .. ' ', 1, true) ~= nil
end

-- The last eight of them
local function given_back_by(owners, owner)
	local last = { owner }
	for other in string.gmatch(owners, '%S+') do
		if #last < 8 then
			table.insert(last, other)
		end
	end
	return table.concat(last, ' ')
end
