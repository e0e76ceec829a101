import type { StoreCapabilities } from '@sessionkeep/contracts'
import { type MetadataStore, StoreError } from '@sessionkeep/contracts'
import { keyValueStore } from '@sessionkeep/store-kit'
import type { Driver } from 'unstorage'

const MARK = 'sessionkeep'

/** Stores records in a driver of unstorage, given by its file name. Touches nothing before `open()`. */
export function unstorageStore(name: string, options: object, capabilities: StoreCapabilities): MetadataStore {
  return keyValueStore({
    name: 'sessionkeep-store-unstorage',
    capabilities,
    async connect({ readOnly }) {
      const driver = await load(name, options)
      let isMarked = false
      const get = async (key: string) => {
        const value: unknown = await orThrow(driver.getItem(driverKey(key)))
        return value == null || typeof value === 'string' ? value : JSON.stringify(value)
      }
      const set = (key: string, text: string) => orThrow(driver.setItem?.(driverKey(key), text, {}))
      return {
        get,
        set,
        delete: (key) => orThrow(driver.removeItem?.(driverKey(key), {})),
        keys: async (prefix) => (await driver.getKeys(driverKey(prefix), {})).map((key) => key.replaceAll(':', '/')),
        // The mark distinguishes an empty directory from a missing one, as when a volume is no longer mounted.
        async check() {
          const isThere = (await get(MARK)) != null
          if (isMarked && !isThere) throw new StoreError('STORE_UNAVAILABLE', `The data of ${name} is missing.`)
          if (!isThere && !readOnly) await set(MARK, 'the records of sessionkeep are beside this key')
          isMarked = isThere || !readOnly
        },
        close: () => driver.dispose?.(),
      }
    },
  })
}

const driverKey = (key: string): string => key.replaceAll('/', ':')

/** Some drivers, such as `fs`, return an error instead of throwing it. */
async function orThrow<T>(answer: T): Promise<Awaited<T>> {
  const value = await answer
  if (value instanceof Error) throw value
  return value
}

async function load(name: string, options: object): Promise<Driver> {
  try {
    const { default: make } = (await import(`unstorage/drivers/${name}`)) as { default(options: object): Driver }
    return make(options)
  } catch (cause) {
    const message = `The driver "${name}" of unstorage cannot be used: check its name, its options, and that the packages it needs are installed.`
    throw new StoreError('STORE_MISCONFIGURED', message, { cause })
  }
}
