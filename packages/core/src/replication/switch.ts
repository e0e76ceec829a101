import type { Clock } from '../base/clock.ts'
import { createSerial } from '../base/queues.ts'
import { withTimeout } from '../base/timeout.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { codeOf } from '../errors/code-of.ts'
import type { CodedError } from '../errors/coded-error.ts'
import { PoolError } from '../errors/pool-error.ts'
import { StoreError, type StoreErrorCode } from '../errors/store-error.ts'
import { announceAttached } from './announce.ts'
import type { Draining } from './draining.ts'
import type { Member, StoreRole } from './members.ts'
import type { StoreEventsPort } from './ports.ts'
import type { ReplicaSet } from './replicas.ts'
import type {
  CutOver,
  PlannedStore,
  SwitchOutcome,
  SwitchRequest,
  SwitchTarget,
  SwitchUnderWay,
} from './switch-types.ts'

export interface SwitcherOptions {
  readonly replicas: ReplicaSet
  readonly draining: Draining
  /** Makes a store take part; it is not opened yet. */
  readonly addMember: (
    planned: Pick<PlannedStore, 'key' | 'role'>,
    store: MetadataStore,
    isCandidate: boolean,
  ) => Member
  readonly clock: Clock
  readonly logger: Logger
  readonly events: StoreEventsPort
  /** Whether the pool never writes. */
  readonly readOnly: boolean
  /** The most that one store call may take, ms. */
  readonly callTimeoutMs: number
  readonly isStopped: () => boolean
}

/** A store that takes part, and what it is to be there for. */
type Assignment = readonly [Member, StoreRole]

/**
 * Makes the stores that take part those of a target, in four steps: prepare the new stores and fill them, cut over, drain
 * what they replace, close it. A switch that fails before the cut-over leaves everything as it was. One switch runs at a
 * time; turning persistence off waits for none.
 */
export function createSwitcher(options: SwitcherOptions) {
  const { replicas, draining, addMember, clock, logger, events, readOnly, callTimeoutMs, isStopped } = options
  const serial = createSerial()
  let active = { epoch: 0, since: clock.date() }
  let superseded = new AbortController()
  let underWay: SwitchUnderWay | undefined
  let preparing: Promise<unknown> = Promise.resolve()

  const supersede = (reason: CodedError): void => {
    superseded.abort(reason)
    superseded = new AbortController()
  }

  /** Gives how many sessions the store does not have as they were when it began. */
  const backfillOnce = async ({ replica }: Member): Promise<number> => {
    const living = replicas.living()
    replicas.distribute()
    replicas.markAll(replica)
    await replica.flush()
    return replicas.countLacking(replica, living)
  }

  /**
   * Writes what a store lacks of what lives, while everything goes on as before; rejects where it did not get that. What may
   * not be written there, a newer release's record for example, is left out.
   */
  const backfill = async (member: Member): Promise<void> => {
    // A session that is renamed meanwhile has to be written anew.
    const lacking = !readOnly && (await backfillOnce(member)) > 0 ? await backfillOnce(member) : 0
    assertHealthy(member)
    if (lacking === 0) return
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `Store ${member.replica.label} could not be given ${lacking} of the sessions: it does not say what it has of them.`,
    )
  }

  /** The configured store beside a call at run time: what is wrong with it keeps no switch from being made. */
  const prepareStandby = async (planned: PlannedStore, signal: AbortSignal): Promise<Member | undefined> => {
    try {
      const store = await planned.load()
      signal.throwIfAborted()
      return addMember(planned, store, true)
    } catch (error) {
      logger.warn({ err: error }, 'The store that a restart would select cannot be kept current')
      return undefined
    }
  }

  /**
   * Makes every store of a target ready to be counted on. Those that are new go to `candidates` as soon as they take part,
   * so that they can be detached when the switch is given up.
   */
  const prepareAll = async (
    { stores }: SwitchTarget,
    signal: AbortSignal,
    candidates: Member[],
  ): Promise<Assignment[]> => {
    const present = replicas.members()
    const anyLeaves = present.some(({ key, isCandidate }) => !isCandidate && !stores.some((other) => other.key === key))
    const prepareOne = async (planned: PlannedStore): Promise<Member | undefined> => {
      const isStandby = planned.role === 'standby'
      const member = replicas.members().find(({ key }) => key === planned.key)
      if (member) {
        if (!anyLeaves || isStandby) return member
        // Nothing is detached before what stays has everything.
        await draining.closed(planned.key)
        await member.replica.retryNow()
        await backfill(member)
        return member
      }
      if (isStandby) {
        // It is attached in its own time, once the switch is made.
        const standby = await prepareStandby(planned, signal)
        if (standby) candidates.push(standby)
        return standby
      }
      await draining.closed(planned.key)
      signal.throwIfAborted()
      const store = await planned.load()
      signal.throwIfAborted()
      const added = addMember(planned, store, true)
      candidates.push(added)
      await added.replica.attach()
      await backfill(added)
      return added
    }
    const ready = await Promise.all(stores.map(prepareOne))
    return ready.flatMap((member, at): Assignment[] => {
      const role = stores[at]?.role
      if (!member || !role) return []
      // It was filled while another store took its time, and may have failed since.
      if (role !== 'standby' && (anyLeaves || member.isCandidate)) assertHealthy(member)
      return [[member, role]]
    })
  }

  /** Rejects with what kept a store from being ready in time; the candidates are being detached by then. */
  const prepare = async (target: SwitchTarget, timeoutMs: number, signal: AbortSignal): Promise<Assignment[]> => {
    const candidates: Member[] = []
    // What one store fails at ends the preparation of the others, too: nothing is added after it.
    const failed = new AbortController()
    const onTimeout = (): never => {
      throw new StoreError('STORE_TIMEOUT', `${target.name} was not ready within ${timeoutMs} ms.`, {
        context: { store: target.name, timeoutMs },
      })
    }
    const run = (given: AbortSignal) => prepareAll(target, AbortSignal.any([given, failed.signal]), candidates)
    try {
      return await withTimeout(timeoutMs, signal, run, { clock, keepAlive: true, onTimeout })
    } catch (error) {
      failed.abort(error)
      replicas.retain(replicas.members().filter((member) => !candidates.includes(member)))
      for (const member of candidates) void draining.detach(member, 0)
      throw givenUp(target.name, error)
    }
  }

  /** From here on the pool counts on these stores, and on no other. Synchronous; gives those that are to be detached. */
  const cutOver = (assignments: readonly Assignment[]): Member[] => {
    active = { epoch: active.epoch + 1, since: clock.date() }
    const left = replicas.retain(assignments.map(([member]) => member))
    for (const [member, role] of assignments) {
      const { replica, isCandidate } = member
      member.role = role
      member.isCandidate = false
      if (isCandidate && replica.state() === 'attached') announceAttached(logger, events, replica.label)
    }
    return left
  }

  const outcomeOf = (from: readonly string[], left: readonly Member[]): CutOver => ({
    ...{ from, to: replicas.healthyLabels(), epoch: active.epoch },
    left: left.map(({ replica }) => replica.label),
  })

  const unchanged = (startedAt = clock.now()): SwitchOutcome => {
    const stores = replicas.healthyLabels()
    const { epoch } = active
    return { from: stores, to: stores, changed: false, epoch, durationMs: clock.now() - startedAt, left: [] }
  }

  /** Turns persistence off: no store is asked for anything, so there is nothing to prepare or to wait for. */
  const detachAll = (target: SwitchTarget): SwitchOutcome => {
    const startedAt = clock.now()
    const from = replicas.healthyLabels()
    if (replicas.members().length === 0) return unchanged(startedAt)
    const left = cutOver([])
    const outcome = outcomeOf(from, left)
    target.announce(outcome)
    for (const member of left) void draining.detach(member, callTimeoutMs)
    return {
      ...{ ...outcome, changed: true, durationMs: clock.now() - startedAt },
      left: left.map(({ replica }) => ({ store: replica.label, unsaved: replica.dirtyCount() })),
    }
  }

  /** Attaches a store once it is closed where it took part before, if it still takes part by then. */
  const attachOnceClosed = async ({ key, replica }: Member): Promise<void> => {
    await draining.closed(key)
    if (!isStopped() && replicas.all().includes(replica)) await replica.attach()
  }

  const isActiveAs = (assignments: readonly Assignment[]): boolean => {
    const members = replicas.members()
    return (
      members.length === assignments.length &&
      assignments.every(([member, role], at) => members[at] === member && member.role === role && !member.isCandidate)
    )
  }

  const activate = async (
    request: SwitchRequest,
    target: SwitchTarget,
    signal: AbortSignal,
  ): Promise<SwitchOutcome> => {
    const startedAt = clock.now()
    const from = replicas.healthyLabels()
    const prepared = prepare(target, request.timeoutMs, signal)
    preparing = Promise.allSettled([prepared])
    const assignments = await prepared
    // A rollback since then has detached the new ones, too.
    signal.throwIfAborted()
    request.onDecided?.()
    if (isActiveAs(assignments)) return unchanged(startedAt)
    const fresh = assignments.filter(([{ replica }]) => replica.state() === 'detached')
    const left = cutOver(assignments)
    for (const [member] of fresh) void attachOnceClosed(member).catch(() => undefined)
    const outcome = outcomeOf(from, left)
    target.announce(outcome)
    if (underWay) underWay = { ...underWay, phase: 'draining' }
    const leftMs = Math.max(100, request.timeoutMs - (clock.now() - startedAt))
    const drained = left.map(async (member) => ({
      store: member.replica.label,
      unsaved: await draining.detach(member, leftMs),
    }))
    return { ...outcome, changed: true, left: await Promise.all(drained), durationMs: clock.now() - startedAt }
  }

  const run = async (request: SwitchRequest, signal: AbortSignal): Promise<SwitchOutcome> => {
    signal.throwIfAborted()
    const target = request.target()
    if (target.stores.length === 0) {
      request.onDecided?.()
      return detachAll(target)
    }
    underWay = { store: target.name, phase: 'preparing', since: clock.date() }
    try {
      return await activate(request, target, signal)
    } finally {
      underWay = undefined
    }
  }

  return {
    /** Changes to what the request gives when its turn has come. Rejects with a `ConfigError`, `StoreError` or `PoolError`, and then nothing has changed. */
    change: (request: SwitchRequest, signal: AbortSignal = superseded.signal): Promise<SwitchOutcome> =>
      serial(() => run(request, signal)),
    /** Turns persistence off at once; what is under way or waits is superseded. */
    rollBack(target: SwitchTarget): SwitchOutcome {
      supersede(
        new PoolError(
          'SWITCH_SUPERSEDED',
          'Persistence was turned off while this switch was waiting or under way; ask for it again if it is still wanted.',
        ),
      )
      return detachAll(target)
    },
    /** The outcome of a switch to what is active. */
    unchanged: (): SwitchOutcome => unchanged(),
    /** What is being prepared or waits ends with that error; fulfils once it has. What is made already stays so. */
    cancel(reason: CodedError): Promise<unknown> {
      supersede(reason)
      return preparing
    },
    /** Aborted when something else is wanted at once. */
    signal: (): AbortSignal => superseded.signal,
    /** How many cut-overs there were, and when the active stores became that, ms since the epoch. */
    active: (): { readonly epoch: number; readonly since: number } => active,
    underWay: (): SwitchUnderWay | undefined => underWay,
  }
}

export type Switcher = ReturnType<typeof createSwitcher>

/** Throws what keeps a store from being counted on. */
function assertHealthy({ replica }: Member): void {
  const error = replica.error()
  if (error) throw error
  if (replica.state() === 'attached' || replica.state() === 'observing') return
  throw new StoreError('STORE_UNAVAILABLE', `Store ${replica.label} is ${replica.state()}.`)
}

/** What kept a store from being had, with the assurance that nothing has changed. Errors of other kinds as they are. */
function givenUp(store: string, error: unknown): unknown {
  const code = codeOf(error)
  if (!code?.startsWith('STORE_')) return error
  const { message, retryable, context } = error as StoreError
  return new StoreError(
    code as StoreErrorCode,
    `The switch to ${store} was given up, and everything is as it was: ${message}`,
    { cause: error, retryable, context },
  )
}
