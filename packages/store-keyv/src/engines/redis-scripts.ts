import { MOST_LEASE_BYTES } from '../lease.ts'

/**
 * Each write is a script. Redis runs a script in one step, so nothing comes between the check of the lease and the write.
 * The first key is the lease and the first argument is its text; all other keys and arguments are those of the write.
 */

/**
 * The beginning of each script. If this client does not hold the lease, it returns a list instead of the result of the
 * script: the stored value, or nothing, or an empty text for a value that is too large for a lease. The value of the lease
 * is its text and the number of changes that were made under it. A server with a lower number than the client has seen
 * (`ARGV[2]`) took over with an older copy, and lacks changes.
 */
const HELD = `
local held = redis.call('STRLEN', KEYS[1]) > ${MOST_LEASE_BYTES} and '' or redis.call('GET', KEYS[1])
local text, count
if held then text, count = string.match(held, '^(.*) (%d+)$') end
if text ~= ARGV[1] or tonumber(count) < tonumber(ARGV[2]) then return {held} end
`

/** The most arguments of one command in a script. Lua passes fewer than 8,000; the number is even, for pairs. */
const MOST = 4000

/** Counts the change, lets the lease end `ARGV[3]` ms from now, and returns the number. */
const COUNT = `
count = tonumber(count) + 1
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. string.format('%d', count), 'PX', ARGV[3])
return count`

/** Stores the texts `ARGV[4…]` under `KEYS[2…]`. */
export const SET = `${HELD}
local pairs = {}
for at = 2, #KEYS do
  pairs[#pairs + 1] = KEYS[at]
  pairs[#pairs + 1] = ARGV[at + 2]
end
for from = 1, #pairs, ${MOST} do redis.call('MSET', unpack(pairs, from, math.min(from + ${MOST - 1}, #pairs))) end${COUNT}`

/** Deletes `KEYS[2…]`. */
export const DELETE = `${HELD}
for from = 2, #KEYS, ${MOST} do redis.call('DEL', unpack(KEYS, from, math.min(from + ${MOST - 1}, #KEYS))) end${COUNT}`

/** Renames `KEYS[2]` to `KEYS[3]`, and so on in pairs. Absent keys are skipped. */
export const RENAME = `${HELD}
for at = 2, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[at]) == 1 then redis.call('RENAME', KEYS[at], KEYS[at + 1]) end
end${COUNT}`

/** Changes nothing but the lease. A server whose memory is full refuses the SET; then only the time of expiry is changed. */
export const RENEW = `${HELD}
count = tonumber(count)
local done = redis.pcall('SET', KEYS[1], ARGV[1] .. ' ' .. string.format('%d', count + 1), 'PX', ARGV[3])
if not done.err then return count + 1 end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return count`

/** Removes the lease. */
export const RELEASE = `${HELD}
return redis.call('DEL', KEYS[1])`

/**
 * Takes the lease for `ARGV[2]` ms if its key is absent or has the value `ARGV[3]`. Otherwise returns the stored value, or an
 * empty text for a key of another type and a value that is too large for a lease.
 */
export const TAKE = `
local size = redis.pcall('STRLEN', KEYS[1])
if type(size) == 'table' then return string.find(size.err, 'WRONGTYPE') and '' or size end
if size > ${MOST_LEASE_BYTES} then return '' end
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[3] then return held end
redis.call('SET', KEYS[1], ARGV[1] .. ' 0', 'PX', ARGV[2])
return false`
