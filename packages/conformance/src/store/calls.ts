import type { MetadataStore } from '@sessionkeep/contracts'
import { notApplicable } from '../frame/clause.ts'

/** A new signal that is never aborted. */
export const unaborted = (): AbortSignal => new AbortController().signal

/** Every stored name, in the store's order. */
export async function namesOf(store: MetadataStore, signal: AbortSignal = unaborted()): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list({ signal })) names.push(name)
  return names
}

export async function read(store: MetadataStore, names: readonly string[]): Promise<Record<string, unknown>> {
  return Object.fromEntries(await store.getMany(names, { signal: unaborted() }))
}

export async function write(store: MetadataStore, records: Record<string, unknown>): Promise<void> {
  await store.setMany(new Map(Object.entries(records)), { signal: unaborted() })
}

export async function remove(store: MetadataStore, ...names: string[]): Promise<void> {
  await store.deleteMany(names, { signal: unaborted() })
}

/** Returns `setAside()` of a store; ends the clause as not applicable if the store has no such method. */
export function setAsideOf(store: MetadataStore): (...names: string[]) => Promise<void> {
  if (!store.setAside) return notApplicable('the store has no setAside()')
  return async (...names) => store.setAside?.(names, { signal: unaborted() })
}

export type Verb = 'getMany' | 'list' | 'setMany' | 'deleteMany' | 'setAside'

/** One call of each verb of the store, each with this name. */
export function everyCall(
  store: MetadataStore,
  name: string,
  signal: AbortSignal = unaborted(),
): Array<{ verb: Verb; writes: boolean; call: () => Promise<unknown> }> {
  const names = [name]
  return [
    { verb: 'getMany', writes: false, call: async () => store.getMany(names, { signal }) },
    { verb: 'list', writes: false, call: () => namesOf(store, signal) },
    { verb: 'setMany', writes: true, call: async () => store.setMany(new Map([[name, { by: 'call' }]]), { signal }) },
    { verb: 'deleteMany', writes: true, call: async () => store.deleteMany(names, { signal }) },
    ...(store.setAside
      ? [{ verb: 'setAside' as const, writes: true, call: async () => store.setAside?.(names, { signal }) }]
      : []),
  ]
}
