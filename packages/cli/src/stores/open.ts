import { stat } from 'node:fs/promises'
import { withTimeout } from '@sessionkeep/contracts'
import { type OpenedStore, openStore } from '@sessionkeep/core'
import { codeOf, type Logger } from '@sessionkeep/core/store'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { StoreChoice } from './store-choice.ts'

/** What every opening of a store in one command shares. */
export interface Opening {
  readonly io: Io
  readonly logger: Logger
  readonly poolId: string | undefined
  /** How long opening, and each call, may take, ms. */
  readonly timeoutMs: number
}

/** An open store. */
export interface OpenStore {
  readonly label: string
  readonly store: OpenedStore
  /** Makes a call that reads. It is given up after the time-out and when the user interrupts the command, whatever the store does. */
  reading<T>(verb: string, call: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Makes a call that writes. If the user interrupts the command, the store decides whether it is finished, within the time-out. */
  writing<T>(verb: string, call: (signal: AbortSignal) => Promise<T>): Promise<T>
}

/** In a shared store, a gateway without a `poolId` keeps its records in a namespace of its machine, which its log names. */
const SHARED_WITHOUT_ID =
  'Other machines may use this store, and no pool id is given, so only the default namespace is used. Give --pool-id, or a poolId in the configuration. If the gateway has no id, its log has a warning STORE_SHARED_WITHOUT_POOL_ID that names its namespace: give that as --pool-id @...'

/** Opens a store. Without `owner`, its lock excludes every other writer. */
export async function open(
  choice: StoreChoice,
  { io, logger, poolId, timeoutMs }: Opening,
  as: { readonly readOnly: boolean; readonly owner?: string | undefined },
): Promise<OpenStore> {
  const { selection, metadata, stores, env, label } = choice
  const store = await openStore(selection, {
    ...{ cwd: io.cwd, metadata, env, logger, timeoutMs, signal: io.signal, readOnly: as.readOnly },
    ...(stores === undefined ? {} : { stores }),
    ...(poolId === undefined ? {} : { poolId }),
    ...(as.owner === undefined ? {} : { owner: as.owner }),
  })
  const { shared, liveOnly = false } = store.capabilities
  if (shared && !liveOnly && poolId === undefined) {
    logger.warn({ store: label }, SHARED_WITHOUT_ID)
  }
  const optionsOf = (verb: string) => ({ what: `${verb} of store ${store.name}`, keepAlive: true })
  return {
    label,
    store,
    reading: (verb, call) => withTimeout(timeoutMs, io.signal, call, optionsOf(verb)),
    writing: (verb, call) =>
      withTimeout(timeoutMs, undefined, (late) => call(AbortSignal.any([io.signal, late])), optionsOf(verb)),
  }
}

/**
 * Opens a store to read its records. If the call names a place that does not exist, that is an error, and not an empty
 * store.
 *
 * @throws `CLI_USAGE`
 */
export async function openSource(choice: StoreChoice, opening: Opening): Promise<OpenStore> {
  if (choice.place !== undefined && (await isMissing(choice.place)))
    throw new CliError('CLI_USAGE', `There is no ${choice.place}, so ${choice.label} has no records to read.`)
  return await open(choice, opening, { readOnly: true })
}

/**
 * Opens a store as the source of a copy, an export or a comparison. Refuses a store in memory: in this process it is
 * always empty, and an empty copy would look like a good one.
 *
 * @throws `CLI_USAGE`, `CLI_KEEPS_NOTHING`
 */
export async function openRecords(choice: StoreChoice, opening: Opening): Promise<OpenStore> {
  const source = await openSource(choice, opening)
  const { retains, durability, shared } = source.store.capabilities
  // If a store has no durability, and no other process may use it, its records can only be in the memory of its own
  // process.
  if (retains && (durability !== 'none' || shared)) return source
  await source.store.close()
  throw keepsNothing(source, 'this command finds none there')
}

/** Refuses a store that loses its records when the command ends. */
export function assertKeeps(target: OpenStore): void {
  const { retains, durability } = target.store.capabilities
  if (!retains || durability === 'none') throw keepsNothing(target, 'nothing would be left after this command')
}

function keepsNothing({ label, store }: OpenStore, consequence: string): CliError {
  const name = label === 'auto' ? `${store.name}, which is the selected one,` : label
  const message = `The store ${name} keeps records only in the memory of its process, so ${consequence}.`
  return new CliError('CLI_KEEPS_NOTHING', message)
}

/**
 * Whether there is no such file or directory. If this user may not look at it, it counts as existing: opening it says
 * why.
 */
export async function isMissing(place: string): Promise<boolean> {
  const code = await stat(place).then(() => undefined, codeOf)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
