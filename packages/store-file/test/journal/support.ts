import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { afterEach, beforeEach, vi } from 'vitest'
import {
  always,
  freshDirectory,
  type LogEntry,
  namesOf as namesOfAll,
  recordingLogger,
} from '../../../disk/test/support/fixture.ts'
import { openedStore } from '../support/fixture.ts'

// After some seconds a store brings its files up to date by itself. On a busy machine a test would find them changed.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Further records of each batch: of up to 16, all files would be changed at once. */
const PADDING = Array.from({ length: 16 }, (_, at) => `padding-${at}`)

/** An open store with a journal, and what it logs. */
export async function journalled(directory = freshDirectory(), context: Partial<StoreContext> = {}) {
  const logger = recordingLogger()
  const store = await openedStore(directory, { logger, ...context })
  return { directory, store, logger }
}

/** The same with the record `a` in its file, and a newer one in the journal alone. */
export async function hotRecord() {
  const fixture = await journalled()
  await set(fixture.store, { a: { n: 1 } })
  await set(fixture.store, { a: { n: 2 } })
  return { ...fixture, file: join(fixture.directory, 'a.json') }
}

export const set = (store: MetadataStore, records: object): Promise<void> =>
  store.setMany(new Map([...PADDING.map((name) => [name, { n: 0 }] as const), ...Object.entries(records)]), always)

/** The names of the records, without the padding. */
export const namesOf = async (store: MetadataStore): Promise<string[]> =>
  (await namesOfAll(store)).filter((name) => !PADDING.includes(name))

/** The names that have a file, without the padding. */
export const filesIn = (directory: string): string[] =>
  readdirSync(directory)
    .flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
    .filter((name) => !PADDING.includes(name))

export const get = async (store: MetadataStore, ...names: string[]): Promise<object> =>
  Object.fromEntries(await store.getMany(names, always))

export const inFile = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** What the disk holds at this moment, as after a `kill -9`. */
export function copyOf(directory: string): string {
  const copy = join(freshDirectory(), 'copy')
  cpSync(directory, copy, { recursive: true })
  return copy
}

export const segmentsOf = (directory: string): string[] =>
  readdirSync(join(directory, '.journal'))
    .sort()
    .map((name) => join(directory, '.journal', name))

export const warnings = (entries: readonly LogEntry[]): string[] =>
  entries.flatMap(({ level, message }) => (level === 'warn' ? [message] : []))
