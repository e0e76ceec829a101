import { existsSync } from 'node:fs'
import { type OpenedStore, openStore } from '@sessionkeep/core'
import type { Logger } from '@sessionkeep/core/store'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { StoreChoice } from './store-choice.ts'

/** What all openings of a command share. */
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
  /** Makes the signal of one call. It is aborted after the time-out, or when the user interrupts the command. */
  signal(): AbortSignal
}

/** In a shared store, a gateway without a `poolId` keeps its records in a namespace of its machine, which its log names. */
const SHARED_WITHOUT_ID =
  'Other machines may use this store, and no pool id is given, so only the default namespace is used. Give --pool-id, or a poolId in the configuration. If the gateway has no id, its log has a warning STORE_SHARED_WITHOUT_POOL_ID that names its namespace: give that as --pool-id @...'

/** Opens a store. Without `owner` its lock keeps everybody else out. */
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
  return { label, store, signal: () => AbortSignal.any([io.signal, AbortSignal.timeout(timeoutMs)]) }
}

/**
 * Opens a store to read its records. A place that was named in the call and does not exist is a mistake, and not an empty store.
 *
 * @throws `CLI_USAGE`
 */
export async function openSource(choice: StoreChoice, opening: Opening): Promise<OpenStore> {
  if (choice.place !== undefined && !existsSync(choice.place))
    throw new CliError('CLI_USAGE', `There is no ${choice.place}, so ${choice.label} has no records to read.`)
  return await open(choice, opening, { readOnly: true })
}

/** Refuses a store that loses its records when the command ends. */
export function assertKeeps({ label, store }: OpenStore): void {
  if (store.capabilities.retains && store.capabilities.durability !== 'none') return
  const message = `The store ${label} keeps records only in the memory of its process, so nothing would be left after this command.`
  throw new CliError('CLI_KEEPS_NOTHING', message)
}
