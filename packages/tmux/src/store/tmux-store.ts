import { assertStoreName, type MetadataStore, type StoreContext, StoreError } from '@sessionkeep/core'
import { newMark } from '../mark.ts'
import type { Target } from '../target.ts'
import { ask } from './ask.ts'
import { toStoreError } from './errors.ts'
import { asideOption, recordOption } from './option-name.ts'
import { checkedOptions, type TmuxStoreOptions } from './options.ts'
import { type Floor, namesOfRecords, readRecords, writeRecords } from './records.ts'
import { setAsideLine, unsetLine } from './script.ts'
import { targetsOf } from './targets.ts'

interface Open {
  readonly floor: Floor
  readonly readOnly: boolean
}

/**
 * Records as options of the tmux sessions that they are of: a session carries its own metadata. What is kept lives as
 * long as its session, over restarts of the gateway, the loss of its disk, and renames. Throws `ConfigError`
 * `CONFIG_INVALID` for options that cannot be, and touches nothing before `open()`.
 */
export function tmuxStore(options: TmuxStoreOptions = {}): MetadataStore {
  const { context, maxBytes } = checkedOptions(options)
  const underWay = new Set<Promise<unknown>>()
  let open: Open | undefined

  const track = <T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> => {
    const running = (async () => task())().catch((error: unknown) => {
      throw toStoreError(error, signal)
    })
    underWay.add(running)
    const settled = () => underWay.delete(running)
    running.then(settled, settled)
    return running
  }

  const call = <T>(names: Iterable<string>, signal: AbortSignal, task: (ready: Open) => Promise<T>): Promise<T> =>
    track(signal, async () => {
      if (!open) throw new StoreError('STORE_CLOSED', 'The tmux store is not open; call open() first.')
      if (signal.aborted) throw new StoreError('STORE_TIMEOUT', 'The call was given up before it began.')
      for (const name of names) assertStoreName(name)
      return task(open)
    })

  const write = (names: Iterable<string>, signal: AbortSignal, task: (floor: Floor) => Promise<void>): Promise<void> =>
    call(names, signal, async ({ floor, readOnly }) => {
      if (readOnly) throw new StoreError('STORE_READ_ONLY', 'The tmux store was opened read-only.')
      await task(floor)
    })

  const change = (names: readonly string[], signal: AbortSignal, line: (target: Target, floor: Floor) => string) =>
    write(names, signal, async (floor) => {
      const targets = await targetsOf(floor.context, names, signal)
      const commands = [...targets.values()].map((target) => line(target, floor))
      // No row is wanted, only that all of it was run.
      if (commands.length > 0) await ask(floor.context, { commands, value: '', names: [], signal })
    })

  return {
    name: 'tmux',
    capabilities: { durability: 'process', retains: true, shared: true, liveOnly: true },
    open: ({ signal, namespace, readOnly = false }: StoreContext) =>
      track(signal, async () => {
        if (signal.aborted) throw new StoreError('STORE_TIMEOUT', 'Opening was given up before it began.')
        const floor = { context, namespace }
        await namesOfRecords(floor, signal)
        open = { floor, readOnly }
      }),
    getMany: (names, { signal }) =>
      call(names, signal, async ({ floor }) => (names.length === 0 ? new Map() : readRecords(floor, names, signal))),
    setMany: (records, { signal }) =>
      write(records.keys(), signal, (floor) => writeRecords(floor, records, maxBytes, signal)),
    deleteMany: (names, { signal }) =>
      change(names, signal, (target, { namespace }) => unsetLine(target, recordOption(namespace))),
    setAside: (names, { signal }) =>
      change(names, signal, (target, { namespace }) =>
        setAsideLine(target, recordOption(namespace), asideOption(namespace, newMark())),
      ),
    async *list({ signal }) {
      yield* await call([], signal, ({ floor }) => namesOfRecords(floor, signal))
    },
    async close() {
      open = undefined
      await Promise.allSettled([...underWay])
    },
  }
}
