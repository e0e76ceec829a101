import { type MetadataStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'
import { clock } from './time.ts'

type Call = 'getMany' | 'setMany' | 'deleteMany'

/** A stored record, as far as a test looks at it. */
export interface Stored {
  readonly workspace: string
  readonly incarnation: string
  readonly totalRequests: number
}

/**
 * A store in memory in which single names can fail and a write can land late. `open()` gives a handle for a pool. After that, no
 * call with an earlier handle does anything or ends, as if the pool that had it was killed.
 */
export function lateStore(onChange: () => void) {
  const records = new Map<string, string>()
  const failing = new Set<string>()
  /** How many writes of a name are on their way. */
  const onTheWay = new Map<string, number>()
  /** The names whose record landed after the pool had given up the call, so that it was never acknowledged. */
  const unheard = new Set<string>()
  let handles = 0
  let lateMs = 0

  const failuresOf = (call: Call, names: Iterable<string>): Map<string, StoreError> =>
    new Map(
      [...names].flatMap((name) =>
        failing.has(`${call} ${name}`) ? [[name, new StoreError('STORE_UNAVAILABLE', `${name} fails.`)] as const] : [],
      ),
    )
  const count = (names: Iterable<string>, by: number): void => {
    for (const name of names) onTheWay.set(name, (onTheWay.get(name) ?? 0) + by)
  }

  return {
    open(): MetadataStore {
      handles += 1
      const handle = handles
      const reach = async (): Promise<void> => {
        await Promise.resolve()
        if (handle !== handles) await new Promise(() => undefined)
      }
      return {
        name: 'late',
        capabilities: { durability: 'process', retains: true, shared: false },
        open: reach,
        async getMany(names) {
          await reach()
          const failed = failuresOf('getMany', names)
          const found = new Map<string, unknown>()
          for (const name of names) {
            const text = failed.has(name) ? undefined : records.get(name)
            if (text !== undefined) found.set(name, JSON.parse(text))
          }
          if (failed.size > 0) throw new StoreBatchError(failed, found)
          return found
        },
        async setMany(batch, { signal }) {
          await reach()
          const texts = new Map([...batch].map(([name, record]) => [name, JSON.stringify(record)]))
          if (lateMs > 0) {
            const ms = lateMs
            lateMs = 0
            count(texts.keys(), 1)
            await clock.advance(ms)
            count(texts.keys(), -1)
            // The pool was killed, and what it had sent was lost on the way.
            if (handle !== handles) return
          }
          const failed = failuresOf('setMany', texts.keys())
          for (const [name, text] of texts) {
            if (failed.has(name)) continue
            records.set(name, text)
            if (signal.aborted) unheard.add(name)
            else unheard.delete(name)
          }
          onChange()
          if (failed.size > 0) throw new StoreBatchError(failed)
        },
        async deleteMany(names) {
          await reach()
          const failed = failuresOf('deleteMany', names)
          for (const name of names) if (!failed.has(name)) records.delete(name)
          onChange()
          if (failed.size > 0) throw new StoreBatchError(failed)
        },
        async *list() {
          await reach()
          yield* [...records.keys()]
        },
      }
    },
    /** Makes one kind of call fail for a name. */
    failName: (call: Call, name: string) => void failing.add(`${call} ${name}`),
    mend: () => failing.clear(),
    /** Lets the next write land that much later, ms. */
    delayWrite(ms: number): void {
      lateMs = ms
    },
    /** Whether the pool heard that the record under this name was stored, and no write that it gave up can still replace it. */
    isAcknowledged: (name: string): boolean => !unheard.has(name) && !onTheWay.get(name),
    stored: (): Map<string, Stored> => new Map([...records].map(([name, text]) => [name, JSON.parse(text) as Stored])),
  }
}
