import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SessionPool } from '../../src/index.ts'
import { type Held, setting } from '../support/deletions.ts'
import { sleep } from '../support/time.ts'

type Pool = SessionPool<Record<string, unknown>>

const which = fc.nat(1)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('create', 'rename', 'delete'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('request', 'exit'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail'), store: fc.nat(1), isAway: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('mend', 'restart', 'discover', 'wait') }) },
)
type Step = { kind: string; which?: number; store?: number; isAway?: boolean }

/**
 * Plays the steps, in which at most one store at a time cannot be written, and returns what the last gateway found. Each session has
 * a workspace of its own, since a later session of the same name takes the place of the record that remembers a deletion.
 */
async function play(steps: readonly Step[], isRebooted: boolean) {
  const { host, stores, gateway } = await setting()
  let pool: Pool = await gateway()
  let made = 0
  let moved = 0
  const living = new Set<string>()
  const deleted = new Set<string>()
  const mend = () => {
    for (const store of stores) store.mend()
  }
  const restart = async () => {
    await pool.stop({ timeoutMs: 100 })
    pool = await gateway()
  }
  for (const { kind, which = 0, store = 0, isAway } of steps) {
    const workspace = [...living].at(-1 - which) ?? ''
    const session = pool.getSession(workspace)
    const hosted = (await host.list()).find(({ incarnation }) => incarnation === session?.incarnation)
    if (kind === 'create') {
      made += 1
      await pool.getOrCreateSession(`w${made}`)
      living.add(`w${made}`)
      await sleep(20)
    } else if (kind === 'rename' && hosted) {
      moved += 1
      host.control.rename(hosted.sessionName, `moved-${moved}`)
    } else if (kind === 'delete' && session) {
      await pool.deleteSession(workspace)
      deleted.add(workspace)
      living.delete(workspace)
    } else if (kind === 'request' && session) {
      pool.trackRequestStart(workspace)
      pool.trackRequestComplete(workspace)
    } else if (kind === 'exit' && hosted) {
      host.control.exit(hosted.sessionName)
    } else if (kind === 'fail') {
      mend()
      await sleep(100)
      const calls = isAway
        ? (['open', 'getMany', 'setMany', 'deleteMany'] as const)
        : (['setMany', 'deleteMany'] as const)
      ;(stores[store] as Held).fail(...calls)
    } else if (kind === 'mend') mend()
    else if (kind === 'restart') await restart()
    else if (kind === 'discover') await pool.discoverExistingSessions()
    else if (kind === 'wait') await sleep(200)
  }
  await sleep(50)
  await pool.stop({ timeoutMs: 100 })
  if (isRebooted) host.control.reboot()
  mend()
  pool = await gateway()
  for (let at = 0; at < 3; at += 1) {
    await pool.discoverExistingSessions()
    await sleep(500)
  }
  const found = [...pool.listSessions(), ...pool.listEnded()]
  await pool.stop({ timeoutMs: 100 })
  return { found: found.map(({ workspace }) => workspace), deleted, living }
}

test('no deleted session comes back and no other is lost, whatever is given a new name while one of two stores cannot be written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), fc.boolean(), async (steps, isRebooted) => {
      const { found, deleted, living } = await play(steps as Step[], isRebooted)
      expect(found.filter((workspace) => deleted.has(workspace))).toEqual([])
      expect(found).toEqual(expect.arrayContaining([...living]))
    }),
    { numRuns: Number(process.env.SESSIONKEEP_TEST_RUNS) || 30 },
  )
})
