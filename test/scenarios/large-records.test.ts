import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, type MetadataStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { hasSqlite } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { inSqliteHome } from '../../packages/store-keyv/test/support/sqlite-home.ts'
import { STORES, type StoreFact } from '../stores/facts.ts'
import { isFound, started } from '../stores/opened.ts'

const log = () => undefined
const logger = { debug: log, info: log, warn: log, error: log }

/** Saves sessions with large attributes in one run, and returns what a second run knows of them. */
async function acrossRestart(make: () => MetadataStore, count: number, characters: number) {
  const host = memoryHost()
  const poolOn = () =>
    createSessionPool({
      host,
      logger,
      poolId: `large-${count}`,
      maxSessions: 100,
      metadata: { store: make(), flushIntervalMs: 50 },
    })
  const first = poolOn()
  await first.start()
  for (let at = 0; at < count; at += 1) {
    const attributes = { at, text: String(at % 10).repeat(characters) }
    await first.getOrCreateSession(`w${at}`, { attributes })
  }
  await vi.waitFor(() => expect(first.persistence().saved).toBe(count), { timeout: 60_000 })
  expect(await first.stop()).toMatchObject({ saved: count, unsaved: [] })
  const second = poolOn()
  await second.start()
  onTestFinished(async () => void (await second.stop()))
  await vi.waitFor(() => expect(second.persistence().saved).toBe(count), { timeout: 60_000 })
  return second.listSessions().filter(({ attributes, verified }) => {
    const { at, text } = attributes as { at: number; text: string }
    return verified && text === String(at % 10).repeat(characters)
  }).length
}

inSqliteHome()

const isMissing = ({ title, server }: StoreFact) => (title.includes('SQLite') ? !hasSqlite : server && !isFound(server))

describe.each(STORES.filter(({ title }) => !/memory|none/.test(title)))('$title', (fact) => {
  test.skipIf(isMissing(fact))('gives back 50 records of 90 kB and 30 of 200 kB after a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'large-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const server = fact.server && (await started(fact.server))
    onTestFinished(() => server?.remove())
    for (const [count, characters] of [
      [50, 90_000],
      [30, 200_000],
    ] as const) {
      const place = join(directory, String(count))
      mkdirSync(place)
      const make = () => fact.make(place, server?.uri)
      expect(await acrossRestart(make, count, characters)).toBe(count)
    }
  })
})
