import { defaultLogger } from '../base/default-logger.ts'
import { safeLogger } from '../base/safe-logger.ts'
import type { Logger } from '../contracts/logger.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { ResolvedOptions } from '../pool/resolve-options.ts'
import { newRunId } from '../record/run-id.ts'
import { createReplicaSet, type ReplicaSet } from '../replication/replicas.ts'
import { type AttributeCheck, attributeCheck } from './attributes.ts'
import { createEvents, type Events } from './events.ts'
import { prefixCodec, type SessionNameCodec, safeCodec } from './names.ts'
import { type SessionView, toView } from './project.ts'
import type { Entry } from './session.ts'
import { createMemory, type Memory } from './session-table.ts'
import { createDepartures, type Departures } from './tombstones.ts'

/** Whether the host could say what lives when it was last asked; `unknown` before that. */
export interface HostState {
  readonly state: 'available' | 'unavailable' | 'unknown'
  readonly reason: string | undefined
}

/** What the verbs of one pool share. */
export interface PoolCore {
  readonly options: ResolvedOptions
  /** Whose sessions and records: the poolId, else the prefix. */
  readonly key: string
  /** The random id of this run; on every record that it writes. */
  readonly run: string
  readonly logger: Logger
  readonly events: Events
  readonly codec: SessionNameCodec
  readonly check: AttributeCheck
  readonly memory: Memory
  readonly departures: Departures
  readonly replicas: ReplicaSet
  /** Incarnations that left memory while the host was being asked: its answer may still have them. */
  readonly departed: Map<string, number>
  /** Session names being created, each with a place of maxSessions; `hidden`: what the host lists under it is not to be taken yet. */
  readonly creating: Map<string, { readonly hidden: boolean }>
  /** Sessions that did not become ready, and could not be ended. */
  readonly notReady: Set<string>
  /** The one opening of the host; undefined before it, and after it failed. */
  hostOpened: Promise<void> | undefined
  /** Whether the host has said once what lives. */
  hostListed: boolean
  hostState: HostState
  /** Nothing more is to be made. */
  terminating: boolean
  stopped: boolean
  view(entry: Entry): SessionView<unknown>
  /** The id of the next life of a session in this run. */
  nextLife(): string
  /** Bumps the revision and notes the change. */
  changed(entry: Entry): void
}

export function createPoolCore(options: ResolvedOptions): PoolCore {
  const logger = safeLogger(options.logger ?? defaultLogger())
  const memory = createMemory()
  const departures = createDepartures()
  const key = options.poolId ?? options.sessionPrefix
  const run = newRunId()
  const replicas = createReplicaSet({ memory, departures, key, logger, options })
  return {
    options,
    key,
    run,
    logger,
    events: createEvents<unknown>(logger),
    codec: safeCodec(options.sessionName ?? prefixCodec(options.sessionPrefix)),
    check: attributeCheck(options.attributes),
    memory,
    departures,
    replicas,
    departed: new Map(),
    creating: new Map(),
    notReady: new Set(),
    hostOpened: undefined,
    hostListed: false,
    hostState: { state: 'unknown', reason: undefined },
    terminating: false,
    stopped: false,
    view: (entry) => toView(entry, key, replicas.standing(entry)),
    nextLife: () => newRunId(),
    changed(entry) {
      entry.revision += 1
      entry.run = entry.life
      entry.claimed = true
      memory.touch(entry)
    },
  }
}

export function assertRunning(core: PoolCore): void {
  if (core.stopped) throw new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.')
}

export function assertOwner(core: PoolCore, verb: string): void {
  if (core.options.role === 'owner') return
  throw new PoolError('POOL_READ_ONLY', `${verb} is not for an observer; use a pool whose role is owner.`)
}

/** The live session of a workspace; throws `SESSION_NOT_FOUND`. */
export function findEntry(core: PoolCore, workspace: string): Entry {
  const entry = core.memory.get(workspace)
  if (entry) return entry
  throw new PoolError(
    'SESSION_NOT_FOUND',
    `There is no session of workspace ${JSON.stringify(workspace)} in this pool.`,
    {
      context: { workspace },
    },
  )
}
