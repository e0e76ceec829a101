import {
  assertStoreName,
  type MetadataStore,
  type StoreCallOptions,
  type StoreCapabilities,
  StoreError,
} from '@sessionkeep/core'
import { eachOf } from './each-of.ts'
import { type Floor, floorIn } from './floor.ts'
import { loadDriver } from './load-driver.ts'
import { recordFrom, textOfRecord } from './record-text.ts'

/** Records in a driver of unstorage. Touches nothing before `open()`. */
export function unstorageStore(driver: string, options: object, capabilities: StoreCapabilities): MetadataStore {
  let open: { floor: Floor; readOnly: boolean; isMarked: boolean } | undefined
  let turn: Promise<unknown> = Promise.resolve()

  // One after the other: drivers that write in place would mix two writes of one name.
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task)
    turn = next.catch(() => undefined)
    return next
  }
  const call = <T>(names: Iterable<string>, { signal }: StoreCallOptions, task: (floor: Floor) => Promise<T>) =>
    inTurn(async () => {
      signal.throwIfAborted()
      if (!open) throw new StoreError('STORE_CLOSED', 'The unstorage store is not open; call open() first.')
      for (const name of names) assertStoreName(name)
      // A floor that has gone, as with a volume that is no longer mounted, holds records that cannot be reached.
      if (!open.isMarked || (await open.floor.isMarked())) return await task(open.floor)
      throw new StoreError('STORE_UNAVAILABLE', `What the driver "${driver}" held is not there any more.`)
    })
  const write = (names: Iterable<string>, callOptions: StoreCallOptions, task: (floor: Floor) => Promise<void>) =>
    call(names, callOptions, async (floor) => {
      if (open?.readOnly) throw new StoreError('STORE_READ_ONLY', 'The unstorage store was opened read-only.')
      await task(floor)
    })

  return {
    name: 'sessionkeep-store-unstorage',
    capabilities,
    open: ({ signal, namespace, readOnly = false }) =>
      inTurn(async () => {
        signal.throwIfAborted()
        if (open) return
        const floor = floorIn(await loadDriver(driver, options), namespace)
        try {
          if (!readOnly) await floor.mark()
          open = { floor, readOnly, isMarked: await floor.isMarked() }
        } catch (error) {
          await floor.end()
          throw error
        }
      }),
    getMany: (names, callOptions) =>
      call(names, callOptions, (floor) => eachOf(names, async (name) => recordFrom(await floor.get(name)))),
    async setMany(records, callOptions) {
      await write(records.keys(), callOptions, async (floor) => {
        await eachOf(records.keys(), (name) => floor.set(name, textOfRecord(records.get(name))))
      })
    },
    deleteMany: (names, callOptions) =>
      write(names, callOptions, async (floor) => void (await eachOf(names, floor.remove))),
    async *list(callOptions) {
      yield* await call([], callOptions, (floor) => floor.names())
    },
    setAside: (names, callOptions) =>
      write(names, callOptions, async (floor) => {
        await eachOf(names, async (name) => {
          const text = await floor.get(name)
          if (text === undefined) return
          await floor.keepAside(name, text)
          await floor.remove(name)
        })
      }),
    close: () =>
      inTurn(async () => {
        await open?.floor.end()
        open = undefined
      }),
  }
}
