import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { type Gateway, gateway, type Report } from './gateway.ts'
import { redis } from './redis.ts'

export interface KilledLoad {
  readonly kills: number
  readonly sessions: number
  readonly perSecond: number
  readonly flushIntervalMs: number
  /** The time from one switch to the next, in ms. */
  readonly everyMs: number
  readonly switches: number
}

/** The requests that a kill has lost. */
export interface Cost {
  readonly lostRequests: number
  readonly counted: number
  /** The age of the oldest lost request at the kill, in ms; 0 if none was lost. */
  readonly lostMs: number
  /** The last reported `oldestDirtyMs` plus the time from that report to the kill, in ms. */
  readonly allowedMs: number
}

const SELECTIONS = [
  { store: 'keyv', mirror: ['file'] },
  { store: 'file', mirror: ['keyv'] },
  'keyv',
  { store: 'file', mirror: ['keyv'] },
  'lowdb',
  'file',
  'auto',
]
const REPORT_MS = 10
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Repeatedly kills a gateway that switches its stores under load, and starts it again with primary and mirror exchanged.
 * After each start it must know every acknowledged request, and every request that was older than the last reported
 * `oldestDirtyMs`.
 */
export async function killedUnderLoad(wanted: KilledLoad): Promise<Cost[]> {
  const { socketPath } = privateServer()
  const directory = mkdtempSync(join(tmpdir(), 'skw-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const { uri } = await redis()
  const names = Array.from({ length: wanted.sessions }, (_, at) => `w${at}`)
  const start = (at: number) => {
    const selection = at % 2 === 0 ? { store: 'file', mirror: ['keyv'] } : { store: 'keyv', mirror: ['file'] }
    const stores = { file: { directory }, keyv: { uri }, lowdb: { file: join(directory, 'lowdb', 'sessions.json') } }
    const { flushIntervalMs } = wanted
    // A busy machine must not take a store for one that fails.
    const timing = { flushIntervalMs, attachTimeoutMs: 20_000, callTimeoutMs: 30_000 }
    return gateway({ socketPath, metadata: { ...selection, stores, ...timing } })
  }
  const costs: Cost[] = []
  let killed: { one: Gateway; at: number } | undefined
  for (let at = 0; at <= wanted.kills; at += 1) {
    const one = await start(at)
    const known = await totalsOf(one)
    if (killed) costs.push(costOf(killed, known))
    if (at === wanted.kills) return costs
    await one.call('create', { names })
    await one.call('load', { names, perSecond: wanted.perSecond, everyMs: REPORT_MS })
    await switchUntilKilled(one, at, wanted)
    killed = { one, at: Date.now() }
    await one.kill()
  }
  return costs
}

async function totalsOf(one: Gateway): Promise<Map<string, number>> {
  let known: Array<{ workspace: string; totalRequests: number; verified: boolean }> = []
  await vi.waitFor(async () => {
    known = await one.call('sessions')
    expect(known.every(({ verified }) => verified)).toBe(true)
  })
  return new Map(known.map(({ workspace, totalRequests }) => [workspace, totalRequests]))
}

async function switchUntilKilled(one: Gateway, first: number, { switches, everyMs }: KilledLoad): Promise<void> {
  const switchTo = (at: number) => {
    const selection = SELECTIONS[at % SELECTIONS.length]
    return one.call('switch', { selection, options: { timeoutMs: 60_000 } })
  }
  for (let at = first; at < first + switches; at += 1) {
    await switchTo(at)
    await pause(Math.random() * everyMs)
  }
  // On a busy machine all switches may be done before the first save is acknowledged.
  await vi.waitFor(() => expect(one.saved.size).toBeGreaterThan(0), 60_000)
  // The kill comes at a random moment of this switch.
  void switchTo(first + switches).catch(() => undefined)
  await pause(Math.random() * 20)
}

function costOf({ one, at }: { one: Gateway; at: number }, known: ReadonlyMap<string, number>): Cost {
  const last = one.reports.at(-1)
  if (!last) throw new Error('The gateway was killed before its first report.')
  expect(one.saved.size).toBeGreaterThan(0)
  for (const [name, saved] of one.saved) expect(known.get(name), `${name}, acknowledged`).toBeGreaterThanOrEqual(saved)
  // Every store has acknowledged the requests that this report contains.
  const safe = one.reports.filter((report) => report.at <= last.at - last.oldestDirtyMs).at(-1)
  for (const [name, total] of Object.entries(safe?.totals ?? {})) {
    expect(known.get(name), `${name}, older than the last oldestDirtyMs`).toBeGreaterThanOrEqual(total)
  }
  const missing = ({ totals }: Report) =>
    Object.entries(totals).filter(([name, total]) => total > (known.get(name) ?? 0))
  const firstLost = one.reports.find((report) => missing(report).length > 0)
  const sum = (totals: Iterable<number>) => [...totals].reduce((all, total) => all + total, 0)
  return {
    lostRequests: sum(missing(last).map(([name, total]) => total - (known.get(name) ?? 0))),
    counted: sum(Object.values(last.totals)) - sum(Object.values(one.reports[0]?.totals ?? {})),
    lostMs: firstLost ? at - firstLost.at : 0,
    allowedMs: at - last.at + last.oldestDirtyMs,
  }
}
