import type { MetadataStore, StoreContext } from '@sessionkeep/core/store'
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
 * Keeps each record as an option of the tmux session that it is of, so that a session carries its own metadata. A record
 * lives as long as its session: over restarts of the gateway, the loss of its disk, and renames. Touches nothing before
 * `open()`.
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
    const place = { context, namespace }
    const option = recordOption(namespace)
    const change = async (names: readonly string[], until: AbortSignal, line: (target: Target) => string) => {
      const targets = await targetsOf(context, names, until)
      const commands = [...targets.values()].map(line)
      // The answer has no rows; it only proves that all commands were run.
      if (commands.length > 0) await ask(context, { commands, value: '', names: [], signal: until })
    }
    await namesOfRecords(place, signal)

    return {
      getMany: async (names, { signal }) => (names.length === 0 ? new Map() : await readRecords(place, names, signal)),
      setMany: (records, { signal }) => writeRecords(place, records, maxBytes, signal),
      deleteMany: (names, { signal }) => change(names, signal, (target) => unsetLine(target, option)),
      setAside: (names, { signal }) =>
        change(names, signal, (target) => setAsideLine(target, option, asideOption(namespace, newMark()))),
      list: ({ signal }) => namesOfRecords(place, signal),
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
