import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

/** The name and the workspace of each stored record. */
const namesIn = async (held: ReturnType<typeof heldStore>) =>
  [...(await held.stored())].map(([name, { workspace }]) => `${name}: ${workspace}`).toSorted()

/** Two sessions with five requests each that have swapped their names, and a pool that has not noticed it yet. */
async function swapped() {
  const host = memoryHost({ clock })
  const held = heldStore()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
  await pool.start()
  for (const workspace of ['b', 'c']) {
    await pool.getOrCreateSession(workspace)
    for (let i = 0; i < 5; i += 1) pool.trackRequestStart(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  host.control.rename('claude-b', 'between')
  host.control.rename('claude-c', 'claude-b')
  host.control.rename('between', 'claude-c')
  /** The workspaces of the stored records that have all five requests. */
  const whole = async () =>
    [...(await held.stored()).values()]
      .flatMap(({ workspace, totalRequests }) => (Number(totalRequests) >= 5 ? [workspace] : []))
      .toSorted()
  return { host, held, pool, metadata, whole, names: () => namesIn(held) }
}

test('a session that swapped its name is not lost while its new name cannot be written', async () => {
  const { held, pool, whole, names } = await swapped()
  held.failName('setMany', 'claude-c')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('c')
  expect(await names()).toContain('claude-b: c')
  expect(new Set(await whole())).toEqual(new Set(['b', 'c']))
  held.mend()
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
})

test('the last record of a session that swapped its name and then ended is not lost while its new name cannot be written', async () => {
  const { host, held, pool, names } = await swapped()
  held.failName('setMany', 'claude-c')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('c')
  host.control.exit('claude-c')
  await pool.discoverExistingSessions()
  await sleep(200)
  await pool.discoverExistingSessions()
  await sleep(200)
  expect(await names()).toContainEqual(expect.stringMatching(/: b$/))
  held.mend()
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
  expect(await pool.listEnded()).toMatchObject([{ workspace: 'b', totalRequests: 5 }])
})

test('a pool that stops in the middle of a swap reports the sessions that are not saved, and no spare record', async () => {
  const { held, pool } = await swapped()
  held.failName('setMany', /^claude-/)
  await pool.discoverExistingSessions()
  await sleep(60)
  const { unsaved } = await pool.stop({ timeoutMs: 200 })
  expect(unsaved.toSorted()).toEqual(['claude-b', 'claude-c'])
})

test('the next pool goes on with both sessions if the write of a swap was cut in half', async () => {
  const { host, held, pool, metadata, names } = await swapped()
  held.failName('setMany', 'claude-c')
  await pool.discoverExistingSessions()
  await pool.saveSessionMetadata('c')
  await pool.stop()
  held.mend()
  const { pool: next } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
  await next.start()
  for (const workspace of ['b', 'c'])
    expect(next.getSession(workspace)).toMatchObject({ totalRequests: 5, origin: 'stored' })
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
})

test('a write of a swap that times out and lands later loses nothing', async () => {
  const { held, pool, whole, names } = await swapped()
  const spares = held.holdAfter('setMany')
  await pool.discoverExistingSessions()
  await spares.reached
  const late = held.holdBefore('setMany')
  spares.release()
  await late.reached
  await sleep(200)
  expect(new Set(await whole())).toEqual(new Set(['b', 'c']))
  held.failName('setMany', 'claude-b')
  late.release()
  await sleep(200)
  expect(new Set(await whole())).toEqual(new Set(['b', 'c']))
  held.mend()
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
})

test('nothing is replaced in a swap as long as the spare records cannot be written', async () => {
  const { held, pool, names } = await swapped()
  held.failName('setMany', /^sessionkeep-swap~/)
  await pool.discoverExistingSessions()
  await expect(pool.saveSessionMetadata('b')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await sleep(200)
  expect(await names()).toEqual(['claude-b: b', 'claude-c: c'])
  held.mend()
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
})

test('the spare records are removed from each of two stores', async () => {
  const host = memoryHost({ clock })
  const [first, second] = [heldStore(), heldStore()]
  const metadata = { store: first.store, mirror: [second.store], flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool } = makePool({ host, metadata, livenessIntervalMs: 3_600_000 })
  await pool.start()
  for (const workspace of ['b', 'c']) {
    await pool.getOrCreateSession(workspace)
    pool.trackRequestStart(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  host.control.rename('claude-b', 'between')
  host.control.rename('claude-c', 'claude-b')
  host.control.rename('between', 'claude-c')
  await pool.discoverExistingSessions()
  await until(async () => {
    for (const held of [first, second]) expect(await namesIn(held)).toEqual(['claude-b: c', 'claude-c: b'])
  })
})

test('a discovery while the spare records are being written does not leave them behind', async () => {
  const { held, pool, names } = await swapped()
  const spares = held.holdBefore('setMany')
  await pool.discoverExistingSessions()
  await spares.reached
  await pool.discoverExistingSessions()
  spares.release()
  await until(async () => expect(await names()).toEqual(['claude-b: c', 'claude-c: b']))
})

test('sessions whose names all moved on by one do not wait for each other, call by call', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool } = makePool({ host, metadata, livenessIntervalMs: 3_600_000, maxSessions: 200 })
  await pool.start()
  const names = Array.from({ length: 200 }, (_, at) => `claude-w${at}`)
  for (const name of names) await pool.getOrCreateSession(name.replace('claude-', ''))
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
  for (const [at, name] of names.entries()) host.control.rename(name, at === 0 ? 'between' : `claude-w${at - 1}`)
  host.control.rename('between', 'claude-w199')
  const before = held.log.length
  await pool.discoverExistingSessions()
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }]))
  expect((await held.stored()).get('claude-w199')).toMatchObject({ workspace: 'w0' })
  expect((await held.stored()).size).toBe(200)
  expect(held.log.slice(before).filter((call) => call === 'setMany').length).toBeLessThan(60)
})

test('a record that a new pool found under a former name is not replaced by a session that takes that name later', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const metadata = { store: held.store, flushIntervalMs: 20, maxRetryMs: 50 }
  const { pool: first } = makePool({ host, metadata })
  await first.start()
  for (const workspace of ['b', 'c']) await first.getOrCreateSession(workspace)
  first.trackRequestStart('b')
  await first.stop()
  host.control.rename('claude-b', 'moved-b')
  held.failName('getMany', 'moved-b')
  held.failName('setMany', 'moved-b')
  const { pool } = makePool({ host, metadata, livenessIntervalMs: 20 })
  await pool.start()
  host.control.rename('claude-c', 'claude-b')
  await until(() => expect(pool.getSession('c')?.sessionName).toBe('claude-b'))
  pool.trackRequestStart('c')
  await sleep(200)
  expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'b', totalRequests: 1 })
  held.mend()
  await pool.discoverExistingSessions()
  await until(async () => {
    expect((await held.stored()).get('claude-b')).toMatchObject({ workspace: 'c' })
    expect((await held.stored()).get('moved-b')).toMatchObject({ workspace: 'b', totalRequests: 1 })
  })
})
