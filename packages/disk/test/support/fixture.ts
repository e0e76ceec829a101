import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger, MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { afterEach } from 'vitest'

/** A signal that is never aborted. */
export const always = { signal: new AbortController().signal }

const cleanups: Array<() => unknown> = []

/** Registers a cleanup that runs after the test, last one first. */
export function after(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A fresh directory, removed after the test. */
export function freshDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sk-disk-'))
  after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface LogEntry {
  readonly level: keyof Logger
  readonly fields: Record<string, unknown>
  readonly message: string
}

export function recordingLogger(): Logger & { entries: LogEntry[] } {
  const entries: LogEntry[] = []
  const at = (level: keyof Logger) => (fields: object, message: string) => {
    entries.push({ level, fields: { ...fields }, message })
  }
  return { entries, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export function contextOf(part: Partial<StoreContext> = {}): StoreContext {
  return { signal: always.signal, logger: recordingLogger(), ...part }
}

/** Opens the store, and closes it after the test. */
export async function opened(
  made: MetadataStore,
  context: Partial<StoreContext> = {},
): Promise<Required<MetadataStore>> {
  const store = made as Required<MetadataStore>
  await store.open(contextOf(context))
  after(() => store.close())
  return store
}

export async function namesOf(store: MetadataStore): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list(always)) names.push(name)
  return names.sort()
}

/** Returns the error of a promise that must reject. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (error) {
    return error as Failure
  }
  throw new Error('It was expected to reject, and did not.')
}

export interface Failure extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly context: Record<string, unknown>
  readonly failed?: ReadonlyMap<string, Failure>
  readonly values?: ReadonlyMap<string, unknown>
}

export function failedCodes(failure: Failure): Record<string, string> {
  return Object.fromEntries([...(failure.failed ?? [])].map(([name, error]) => [name, error.code]))
}
