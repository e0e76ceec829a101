import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, type SessionHost, type SwitchReport } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { lowdbStore } from '@sessionkeep/store-lowdb'
import { expect, onTestFinished, vi } from 'vitest'
import { startLoad } from './load.mjs'
import { totalsIn } from './records.mjs'
import { redis } from './redis.ts'

export interface SwitchingLoad {
  readonly host: SessionHost
  /** The configured store. With `file` it stays as standby during switches; with `memory` each store hands over to the next. */
  readonly configured: 'file' | 'memory'
  readonly sessions: number
  readonly perSecond: number
  /** The number of rounds; each has a phase without switches and a phase with switches. */
  readonly rounds: number
  readonly roundMs: number
  /** The time from one switch to the next, in ms. */
  readonly everyMs: number
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/**
 * Runs one pool under load, in phases without switches and phases with a switch each `everyMs`. At the end every request
 * must be counted in the pool and in each active store, which is read through the store itself.
 */
export async function switchingLoad(wanted: SwitchingLoad) {
  const { host, sessions, perSecond, rounds, roundMs, everyMs } = wanted
  const root = mkdtempSync(join(tmpdir(), 'skw-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const { store: keyv } = await redis()
  const lowdb = () => lowdbStore({ file: join(root, 'lowdb', 'sessions.json') })
  const file = () => fileStore({ directory: join(root, 'files') })
  const first = file()
  const keepsFirst = wanted.configured === 'file'
  const around = [keyv, lowdb, keepsFirst ? () => first : file]
  // A busy machine must not take a store for one that fails.
  const metadata = { store: keepsFirst ? first : 'memory', callTimeoutMs: 30_000 }
  // A login shell would do work at its start that would be measured, too.
  const launch = () => ({ command: 'sleep 100000' })
  const pool = createSessionPool({ host, logger, maxSessions: 1000, metadata, launch })
  onTestFinished(() => void pool.stop({ timeoutMs: 500 }))
  await pool.start()
  const workspaces = Array.from({ length: sessions }, (_, at) => `w${at}`)
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)

  const steady: number[] = []
  const switching: number[] = []
  const switches: SwitchReport[] = []
  const load = startLoad(pool, workspaces, perSecond)
  /** Switches through all stores in turn, and ends at the store where it began. */
  const switchUntil = async (end: number) => {
    for (let at = 0; Date.now() < end || at % around.length !== 0; at += 1) {
      const next = Date.now() + everyMs
      const make = around[at % around.length] ?? keyv
      switches.push(await pool.switchStore(make(), { timeoutMs: 60_000 }))
      await pause(Math.max(0, next - Date.now()))
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    await pause(roundMs)
    for (const latency of load.takeLatencies()) steady.push(latency)
    await switchUntil(Date.now() + roundMs)
    for (const latency of load.takeLatencies()) switching.push(latency)
  }
  switches.push(await pool.switchStore(keyv(), { timeoutMs: 60_000 }))
  await load.stop()

  expect(load.failures).toEqual([])
  expect(switches.every(({ changed, detached }) => changed && detached.every(({ unsaved }) => unsaved === 0))).toBe(
    true,
  )
  const known = new Map(pool.listSessions().map(({ workspace, totalRequests }) => [workspace, totalRequests]))
  expect(known).toEqual(load.counted)
  await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ oldestDirtyMs: 0, saved: sessions }))
  const stores = keepsFirst ? ['keyv', 'file'] : ['keyv']
  expect(pool.persistence().effective).toMatchObject({ stores, reason: 'ok', epoch: switches.length })
  expect(await totalsIn(keyv())).toEqual(load.counted)
  if (keepsFirst) expect(await totalsIn(file())).toEqual(load.counted)
  expect(await pool.stop()).toEqual({ saved: sessions, unsaved: [] })
  return { steady, switching, switches }
}
