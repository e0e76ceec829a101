import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSlots } from '@sessionkeep/replication'
import { expect, onTestFinished, test } from 'vitest'
import { createSessionPool } from '../src/index.ts'
import { memoryHost } from '../src/testing.ts'
import { clock } from './support/time.ts'

// This file has a process of its own: in one that other tests have used, the same objects may take more.
const HOUR_MS = 3_600_000
const nothing = () => undefined
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The memory that is in use after garbage collections, in bytes. Node keeps the shapes of objects for two of them. */
async function heapUsed(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let times = 0; times < 4; times += 1) {
    // What a call that has just ended still holds is let go of first.
    await new Promise(setImmediate)
    collect()
  }
  return process.memoryUsage().heapUsed
}

/** Starts a pool that finds so many sessions, and uses and shows each of them. */
async function usedPool(sessions: number) {
  const host = memoryHost({ clock })
  const names = Array.from({ length: sessions }, (_, at) => `w${at}`)
  for (const workspace of names)
    await host.create(`claude-${workspace}`, { workspace, pool: 'claude-', createdAt: clock.date() })
  // Polls in the background would hold a listing of the host at the time of the measurement.
  const pool = createSessionPool({
    ...{ host, clock, logger: quiet, maxSessions: sessions, livenessIntervalMs: HOUR_MS },
    metadata: { store: 'none' },
  })
  onTestFinished(async () => void (await pool.stop()))
  const before = await heapUsed()
  await pool.start()
  for (const name of names) {
    pool.trackRequestStart(name)
    pool.trackRequestComplete(name)
  }
  expect(pool.listSessions()).toHaveLength(sessions)
  return (await heapUsed()) - before
}

test('a session that was found, used and shown takes at most 1.5 kB of memory', async () => {
  // The first pool also pays for code that is compiled and kept.
  await usedPool(100)
  const few = await usedPool(500)
  const many = await usedPool(2500)
  expect((many - few) / 2000).toBeLessThan(1500)
})

test('what a store has acknowledged of a session takes at most 300 bytes of memory', async () => {
  const slots = createSlots(clock)
  const subject = {}
  const names = Array.from({ length: 5000 }, (_, at) => `claude-w${at}`)
  const before = await heapUsed()
  for (const name of names) {
    slots.markDirty(name)
    slots.noteWritten(name, { about: subject, isTombstone: false, revision: 1, record: {}, when: 'now' })
    slots.clean(name)
  }
  expect(((await heapUsed()) - before) / names.length).toBeLessThan(300)
  expect(slots.isWritten('claude-w7', subject)).toBe(true)
})
