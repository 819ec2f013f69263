"""What happens to a job in one step, whoever else is at it: scripts that the store's server runs."""

START = """
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'queued' then redis.call('HSET', KEYS[1], 'status', 'running') end
return redis.call('HGETALL', KEYS[1])
"""
"""A job that has ended stays as it ended, whoever comes later. Keys: the job."""
ENDED = """
local function leave()
  if redis.call('GET', KEYS[4]) == ARGV[1] then redis.call('DEL', KEYS[4]) end
end
local function ended(leaving)
  redis.call('HSET', KEYS[1], unpack(ARGV, 5))
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[3])
  if leaving then leave() end
  redis.call('PUBLISH', ARGV[3], ARGV[1])
end
local status = redis.call('HGET', KEYS[1], 'status')
local open = status == 'queued' or status == 'running'
"""
"""What ends a job, for two scripts: all at once, so that whoever dies meanwhile leaves nothing half done.

Keys: the job, its callers, frames, flight and nowcast. Arguments: the job's id, seconds to live, the channel of
notices, leave or stay, and then the fields of the record.
"""
END = f"""{ENDED}
if not open then return 0 end
ended(ARGV[4] == 'leave')
return 1
"""
"""A job that leaves its flight answers no more requests; the flight of another job stays."""
LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
JOIN = """
local status = redis.call('HGET', KEYS[1], 'status')
local kept = status == 'done' and redis.call('EXISTS', KEYS[2]) == 1
if status ~= 'queued' and status ~= 'running' and not kept then return 0 end
for at = 1, 2 do  -- EXPIRE's own GT needs a newer Redis than we ask for
  if redis.call('TTL', KEYS[at]) < tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[at], ARGV[1]) end
end
redis.call('INCRBY', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[3], redis.call('TTL', KEYS[1]))
return 1
"""
"""A job that has or may yet have a nowcast answers more callers, and is kept for them as if it were new."""
FORGO = f"""{ENDED}
if redis.call('EXISTS', KEYS[2]) == 1 and redis.call('DECR', KEYS[2]) > 0 then return 0 end
if open then
  ended(true)
else
  if status == 'done' then redis.call('DEL', KEYS[1], KEYS[2], KEYS[5]) end
  leave()
end
return 1
"""
"""The last caller takes the job along; one script, so that nobody joins a job that is just being cancelled."""
CONTENTS = """
local found, known = {}, redis.call('HGETALL', KEYS[1])
for at = 1, #known, 2 do
  if redis.call('EXISTS', ARGV[1] .. known[at]) == 1 then table.insert(found, known[at + 1]) end
end
return found
"""
"""Of the cards that are there, by their hashes: every request asks, and cards are long and hardly ever change."""
