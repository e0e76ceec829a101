import { type MetadataStore, type StoreCapabilities, StoreError } from '@sessionkeep/core'
import { keyValueStore } from '@sessionkeep/store-kit'
import type { Driver } from 'unstorage'

const MARK = 'sessionkeep'

/** Records in a driver of unstorage, by the name of its file. Touches nothing before `open()`. */
export function unstorageStore(name: string, options: object, capabilities: StoreCapabilities): MetadataStore {
  return keyValueStore({
    name: 'sessionkeep-store-unstorage',
    capabilities,
    async connect({ readOnly }) {
      const driver = await load(name, options)
      let isMarked = false
      const get = async (key: string) => {
        const value: unknown = await answered(driver.getItem(within(key)))
        return value == null || typeof value === 'string' ? value : JSON.stringify(value)
      }
      const set = (key: string, text: string) => answered(driver.setItem?.(within(key), text, {}))
      return {
        get,
        set,
        delete: (key) => answered(driver.removeItem?.(within(key), {})),
        keys: async (prefix) => (await driver.getKeys(within(prefix), {})).map((key) => key.replaceAll(':', '/')),
        // A mark tells an empty place from one that has gone, as with a directory whose volume is no longer mounted.
        async check() {
          const isThere = (await get(MARK)) != null
          if (isMarked && !isThere)
            throw new StoreError('STORE_UNAVAILABLE', `What ${name} held is not there any more.`)
          if (!isThere && !readOnly) await set(MARK, 'its records are beside this')
          isMarked = isThere || !readOnly
        },
        close: () => driver.dispose?.(),
      }
    },
  })
}

const within = (key: string): string => key.replaceAll('/', ':')

/** Some drivers answer with an error instead of throwing it, as `fs` does. */
async function answered<T>(answer: T): Promise<Awaited<T>> {
  const value = await answer
  if (value instanceof Error) throw value
  return value
}

async function load(name: string, options: object): Promise<Driver> {
  try {
    const { default: make } = (await import(`unstorage/drivers/${name}`)) as { default(options: object): Driver }
    return make(options)
  } catch (cause) {
    const message = `The driver "${name}" of unstorage cannot be used: are its name, its options and what it needs right?`
    throw new StoreError('STORE_MISCONFIGURED', message, { cause })
  }
}
