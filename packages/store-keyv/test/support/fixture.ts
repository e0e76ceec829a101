import type { MetadataStore } from '@sessionkeep/core'
import type { StoreContext } from '@sessionkeep/core/store'
import { afterEach } from 'vitest'
import { type KeyvStoreOptions, keyvStore } from '../../src/index.ts'

/** What the store has logged, as one text. */
export const logged: string[] = []
const log = (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message)
const logger = { debug: log, info: log, warn: log, error: log }

const opened: MetadataStore[] = []
afterEach(async () => {
  logged.length = 0
  await Promise.all(opened.splice(0).map((store) => store.close?.()))
})

export const within = (ms = 10_000) => ({ signal: AbortSignal.timeout(ms) })

export const contextOf = (context: Partial<StoreContext> = {}): StoreContext => ({ ...within(), logger, ...context })

/** A store that is closed after the test. */
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
  for await (const name of store.list(within())) names.push(name)
  return names.sort()
}

/** What the call rejects with. */
export async function rejection(call: Promise<unknown> | undefined): Promise<Error & { code?: string }> {
  const outcome = await call?.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('expected a rejection')
}

/** Everything that an error would show: message, code, context, stack and causes. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const own = Object.getOwnPropertyNames(error).map((key) => {
    const value: unknown = Reflect.get(error, key)
    return value instanceof Error || value instanceof Map ? '' : `${key}=${JSON.stringify(value)}`
  })
  return [error.message, error.stack, ...own, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n')
}
