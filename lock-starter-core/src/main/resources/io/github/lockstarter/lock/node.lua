-- The node of a cluster on which this runs; empty where there is no cluster, or where the user may not ask.

local function node()
	local id = redis.pcall('CLUSTER', 'MYID')
	return type(id) == 'string' and id or ''
end
