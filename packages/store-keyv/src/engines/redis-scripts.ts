/**
 * Writes as scripts. Redis runs a script in one step, so nothing comes between the check of the lease and the write.
 * The first key is the lease and the first argument is its text; all other keys and arguments are those of the write.
 */

/** Returns a list instead of the result when the lease is not held: 'lost', and the text that is stored, if any. */
const HELD = `
local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] then return {'lost', held} end
`

/** Stores the texts `ARGV[2…]` under `KEYS[2…]`. */
export const SET = `${HELD}
local pairs = {}
for at = 2, #KEYS do
  pairs[#pairs + 1] = KEYS[at]
  pairs[#pairs + 1] = ARGV[at]
end
return redis.call('MSET', unpack(pairs))`

/** Deletes `KEYS[2…]`. */
export const DELETE = `${HELD}
return redis.call('DEL', unpack(KEYS, 2))`

/** Renames `KEYS[2]` to `KEYS[3]`, and so on in pairs. Absent keys are skipped. */
export const RENAME = `${HELD}
for at = 2, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[at]) == 1 then redis.call('RENAME', KEYS[at], KEYS[at + 1]) end
end
return 'OK'`

/** Lets the lease end `ARGV[2]` ms from now. */
export const RENEW = `${HELD}
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

/** Removes the lease. */
export const RELEASE = `${HELD}
return redis.call('DEL', KEYS[1])`

/**
 * Takes the lease for `ARGV[2]` ms if nothing is stored there, or the text `ARGV[3]`. Returns the stored text
 * otherwise.
 */
export const TAKE = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] and held ~= ARGV[3] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`
