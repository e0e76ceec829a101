import { StoreError } from '@sessionkeep/core'
import type { Driver } from 'unstorage'
import { keyOf, textOf } from './keys.ts'

/** One pool's part of what a driver holds; its failures are rejections. */
export type Floor = ReturnType<typeof floorIn>

const MARK = 'there'

export function floorIn(driver: Driver, namespace: string | undefined) {
  const floor = namespace === undefined ? 'ground' : `pool-${keyOf(namespace)}`
  const recordAt = (name: string) => `${floor}:live:${keyOf(name)}`
  const get = (key: string) => asked(() => driver.getItem(key))
  const set = (key: string, text: string) => asked(() => driver.setItem?.(key, text, {}))

  return {
    mark: () => set(`${floor}:${MARK}`, 'sessionkeep'),
    isMarked: async () => (await get(`${floor}:${MARK}`)) != null,
    async get(name: string): Promise<string | undefined> {
      const value: unknown = await get(recordAt(name))
      return value == null ? undefined : typeof value === 'string' ? value : JSON.stringify(value)
    },
    set: (name: string, text: string) => set(recordAt(name), text),
    keepAside: (name: string, text: string) => set(`${floor}:aside:${keyOf(`${name} ${crypto.randomUUID()}`)}`, text),
    remove: (name: string) => asked(() => driver.removeItem?.(recordAt(name), {})),
    async names(): Promise<Set<string>> {
      const live = `${floor}:live:`
      const keys = await asked(() => driver.getKeys(live, {}))
      const mine = keys.map((key) => key.replaceAll('/', ':')).filter((key) => key.startsWith(live))
      return new Set(mine.map((key) => textOf(key.slice(live.length))))
    },
    end: async () => driver.dispose?.(),
  }
}

/** What a call of a driver answers. Some answer with an error instead of throwing it, as `fs` does. */
async function asked<T>(call: () => T): Promise<Awaited<T>> {
  try {
    const answer = await call()
    if (answer instanceof Error) throw answer
    return answer
  } catch (cause) {
    throw new StoreError('STORE_UNAVAILABLE', 'A driver of unstorage failed.', { cause })
  }
}
