import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { createStore, type OpenStore } from '@sessionkeep/store-kit'
import { newMark } from '../mark.ts'
import type { Target } from '../target.ts'
import { ask } from './ask.ts'
import { toStoreError } from './errors.ts'
import { asideOption, recordOption } from './option-name.ts'
import { checkedOptions, type TmuxStoreOptions } from './options.ts'
import { namesOfRecords, readRecords, writeRecords } from './records.ts'
import { setAsideLine, unsetLine } from './script.ts'
import { targetsOf } from './targets.ts'

/**
 * Stores each record in an option of its tmux session, so that a session carries its own metadata. A record lives
 * exactly as long as its session: it survives restarts of the gateway, the loss of the gateway's disk, and renames. The
 * store calls tmux only after `open()`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for wrong options
 *
 * @example
 * const host = tmuxHost()
 * const store = tmuxStore({ host })
 */
export function tmuxStore(options: TmuxStoreOptions = {}): MetadataStore {
  const { context, maxBytes } = checkedOptions(options)

  const open = async ({ signal, namespace }: StoreContext): Promise<OpenStore> => {
    const scope = { context, namespace }
    const option = recordOption(namespace)
    const change = async (names: readonly string[], until: AbortSignal, line: (target: Target) => string) => {
      const targets = await targetsOf(context, names, until)
      const commands = [...targets.values()].map(line)
      // No row is needed; the complete answer proves that all commands ran.
      if (commands.length > 0) await ask(context, { commands, value: '', names: [], signal: until })
    }
    await namesOfRecords(scope, signal)

    return {
      getMany: async (names, { signal }) => (names.length === 0 ? new Map() : await readRecords(scope, names, signal)),
      setMany: (records, { signal }) => writeRecords(scope, records, maxBytes, signal),
      deleteMany: (names, { signal }) => change(names, signal, (target) => unsetLine(target, option)),
      setAside: (names, { signal }) =>
        change(names, signal, (target) => setAsideLine(target, option, asideOption(namespace, newMark()))),
      list: ({ signal }) => namesOfRecords(scope, signal),
      close: async () => undefined,
    }
  }

  return createStore({
    name: 'tmux',
    capabilities: { durability: 'process', retains: true, shared: true, liveOnly: true },
    open,
    toError: toStoreError,
  })
}
