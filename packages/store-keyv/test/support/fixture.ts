import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { afterEach } from 'vitest'
import { type KeyvStoreOptions, keyvStore } from '../../src/index.ts'

/** The log lines of the store, as texts. */
export const logged: string[] = []
const log = (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message)
const logger = { debug: log, info: log, warn: log, error: log }

const opened: MetadataStore[] = []
afterEach(async () => {
  logged.length = 0
  await Promise.all(opened.splice(0).map((store) => store.close?.()))
})

export const signalIn = (ms = 60_000) => ({ signal: AbortSignal.timeout(ms) })

export const contextOf = (context: Partial<StoreContext> = {}): StoreContext => ({ ...signalIn(), logger, ...context })

/** Makes a store that is closed after the test. */
export function madeStore(options: KeyvStoreOptions): MetadataStore {
  const store = keyvStore(options)
  opened.push(store)
  return store
}

export async function openedStore(
  options: KeyvStoreOptions,
  context: Partial<StoreContext> = {},
): Promise<MetadataStore> {
  const store = madeStore(options)
  await store.open?.(contextOf(context))
  return store
}

export async function namesOf(store: MetadataStore): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list(signalIn())) names.push(name)
  return names.sort()
}

/** Returns the error of a call that must reject. */
export async function rejection(call: Promise<unknown> | undefined): Promise<Error & { code?: string }> {
  const outcome = await call?.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('expected a rejection')
}

/** Returns everything that an error could show: message, code, context, stack and causes. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).map((key) => {
    const value: unknown = Reflect.get(error, key)
    return value instanceof Error || value instanceof Map ? '' : `${key}=${JSON.stringify(value)}`
  })
  return [error.message, error.stack, ...own, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n')
}
