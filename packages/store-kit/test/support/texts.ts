import type { MetadataStore } from '@sessionkeep/contracts'
import { type KeyValue, type KeyValueStoreOptions, keyValueStore } from '../../src/index.ts'

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

export const { signal } = new AbortController()
export const context = { signal, logger: silentLogger }
export const capabilities = { durability: 'process', retains: true, shared: true } as const

/** A key-value place in a map. A function in `hooks` is awaited by the call of that name before it does anything. */
export function placeIn(texts: Map<string, string>) {
  const hooks: { [Verb in keyof KeyValue]?: (key: string) => unknown } = {}
  const calls: string[] = []
  const on = async <T>(verb: keyof KeyValue, key: string, task: () => T): Promise<T> => {
    calls.push(`${verb} ${key}`.trim())
    await hooks[verb]?.(key)
    return task()
  }
  const connection: Required<KeyValue> = {
    get: (key) => on('get', key, () => texts.get(key)),
    set: (key, text) => on('set', key, () => texts.set(key, text)),
    delete: (key) => on('delete', key, () => texts.delete(key)),
    keys: (prefix) => on('keys', prefix, () => [...texts.keys()]),
    check: () => on('check', '', () => undefined),
    close: () => on('close', '', () => undefined),
  }
  return { connection, hooks, calls, of: (verb: keyof KeyValue) => calls.filter((call) => call.split(' ')[0] === verb) }
}

/** An open store over a new place. */
export async function openedTexts(options: Partial<KeyValueStoreOptions> = {}) {
  const texts = new Map<string, string>()
  const place = placeIn(texts)
  const store = keyValueStore({ name: 'texts', capabilities, connect: () => place.connection, ...options })
  await store.open?.(context)
  return { store, texts, place, names: () => namesOf(store) }
}

async function namesOf(store: MetadataStore): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list({ signal })) names.push(name)
  return names
}
