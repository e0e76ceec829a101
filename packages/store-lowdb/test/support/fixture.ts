import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { type ChildWork, type Line, startChild } from '../../../disk/test/support/child.ts'
import { after, freshDirectory, opened } from '../../../disk/test/support/fixture.ts'
import { type LowdbStoreOptions, lowdbStore } from '../../src/index.ts'

export const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'index.ts')

/** The path of a new document, in a fresh directory that is removed after the test. */
export const freshFile = (): string => join(freshDirectory(), 'sessions.json')

/** An open store, closed after the test. */
export const openedStore = (
  file: string,
  context: Partial<StoreContext> = {},
  options: LowdbStoreOptions = {},
): Promise<Required<MetadataStore>> => opened(lowdbStore({ file, ...options }), context)

/** Reads the document without the store. */
export const documentIn = (file: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(file, 'utf8'))

/** The copies of a document that were set aside. */
export const asideOf = (file: string): Buffer[] =>
  readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.corrupt-`))
    .map((name) => readFileSync(join(dirname(file), name)))

/** Runs the operations on a built store in another process, in which these system calls fail or are delayed. */
export function injected(
  store: string,
  file: string,
  injections: readonly string[],
  ops: ChildWork['ops'],
): Promise<Line[]> {
  const calls = injections.map((injection) => injection.split(':')[0]).join(',')
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`]
  const injecting = injections.flatMap((injection) => ['-e', `inject=${injection}`])
  return startChild(store, { options: { file }, ops }, [...strace, ...injecting]).ended()
}

/** Counts the turns of the event loop until the test ends. */
export function countedTurns(): () => number {
  let count = 0
  let next = setImmediate(function turn() {
    count += 1
    next = setImmediate(turn)
  })
  after(() => clearImmediate(next))
  return () => count
}

/** The record of a session as a pool writes it. */
export const recordOf = (sessionName: string, totalRequests: number, more: object = {}) => ({
  ...{ sessionName, workspace: sessionName, createdAt: 1, lastActivityAt: 2, totalRequests, status: 'idle' },
  ...{ schemaVersion: 1, ...more },
})

/** The records of 50 sessions. */
export const MANY = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`s${at}`, recordOf(`s${at}`, 500)]))
