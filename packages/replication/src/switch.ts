import type { Clock, CodedError, Logger, MetadataStore } from '@sessionkeep/contracts'
import { StoreError } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { createSerial, withTimeout } from '@sessionkeep/contracts/internal'
import { announceAttached } from './announce.ts'
import type { Draining } from './draining.ts'
import type { Member, StoreRole } from './members.ts'
import type { StoreEventsPort } from './ports.ts'
import type { ReplicaSet } from './replicas.ts'
import { failureOf, givenUp } from './switch-errors.ts'
import type {
  CutOver,
  PlannedStore,
  SwitchOutcome,
  SwitchRequest,
  SwitchTarget,
  SwitchUnderWay,
} from './switch-types.ts'

/** The parameters of {@link createSwitcher}. */
export interface SwitcherOptions {
  readonly replicas: ReplicaSet
  readonly draining: Draining
  /** Makes a store take part; it is not opened. */
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
  /** The time-out of one store call, ms. */
  readonly callTimeoutMs: number
  readonly isStopped: () => boolean
}

/** A store that takes part, and the role that it will have. */
type Assignment = readonly [Member, StoreRole]

/**
 * Changes which stores are active, in five steps: prepare the new stores, backfill them, cut over, drain the former stores, close
 * them. A switch that fails before the cut-over changes nothing. One switch runs at a time; only a rollback does not
 * wait.
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

  /** Writes every living session. Returns how many of them the store still lacks, or has only as they were before this call. */
  const backfillOnce = async ({ replica }: Member): Promise<number> => {
    const living = replicas.living()
    replicas.distribute()
    replicas.markAll(replica)
    await replica.flush()
    return replicas.countLacking(replica, living)
  }

  /**
   * Writes every living session that a store lacks, while the pool goes on as before; rejects if the store lacks any after that.
   * Names that must not be written there, for example because of a newer release's record, are not counted.
   */
  const backfill = async (member: Member): Promise<void> => {
    // A session that was renamed during the first pass has to be written under its new name.
    const lacking = !readOnly && (await backfillOnce(member)) > 0 ? await backfillOnce(member) : 0
    assertHealthy(member)
    if (lacking === 0) return
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `Store ${member.replica.label} could not be backfilled: ${lacking} session(s) were not written, since it does not answer for them.`,
    )
  }

  /** Loads the configured store while a call at run time selects another one. A failure is logged, and does not stop the switch. */
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
   * Makes every store of a target ready. New stores are added to `candidates` as soon as they take part, so that they can be
   * detached if the switch is given up.
   */
  const prepareAll = async (
    { stores }: SwitchTarget,
    signal: AbortSignal,
    candidates: Member[],
  ): Promise<Assignment[]> => {
    const present = replicas.members()
    const isAnyDetached = present.some(
      ({ key, isCandidate }) => !isCandidate && !stores.some((other) => other.key === key),
    )
    const prepareOne = async (planned: PlannedStore): Promise<Member | undefined> => {
      const isStandby = planned.role === 'standby'
      const member = replicas.members().find(({ key }) => key === planned.key)
      if (member) {
        if (!isAnyDetached || isStandby) return member
        // A store that stays must have every session before another one is detached.
        await draining.closed(planned.key)
        await member.replica.retryNow()
        await backfill(member)
        return member
      }
      if (isStandby) {
        // The standby is attached in the background after the cut-over.
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
    const nameOf = ({ key }: PlannedStore) => replicas.members().find((member) => member.key === key)?.replica.name
    const prepareNamed = (planned: PlannedStore) =>
      prepareOne(planned).catch((error: unknown) => {
        throw failureOf(nameOf(planned), error)
      })
    const ready = await Promise.all(stores.map(prepareNamed))
    return ready.flatMap((member, at): Assignment[] => {
      const role = stores[at]?.role
      if (!member || !role) return []
      // The store may have failed since it was backfilled, while another one was being prepared.
      if (role !== 'standby' && (isAnyDetached || member.isCandidate)) assertHealthy(member)
      return [[member, role]]
    })
  }

  /** Prepares all stores in time. If one fails, starts to detach the candidates and rejects with that error. */
  const prepare = async (target: SwitchTarget, timeoutMs: number, signal: AbortSignal): Promise<Assignment[]> => {
    const candidates: Member[] = []
    // The failure of one store ends the preparation of the others too, so that no candidate is added after it.
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

  /** Makes these stores active, in one synchronous step. Returns the stores that are to be detached. */
  const cutOver = (assignments: readonly Assignment[]): Member[] => {
    active = { epoch: active.epoch + 1, since: clock.date() }
    const detached = replicas.retain(assignments.map(([member]) => member))
    for (const [member, role] of assignments) {
      const { replica, isCandidate } = member
      member.role = role
      member.isCandidate = false
      if (isCandidate && replica.state() === 'attached') announceAttached(logger, events, replica.label)
    }
    return detached
  }

  const outcomeOf = (from: readonly string[], detached: readonly Member[]): CutOver => ({
    ...{ from, to: replicas.healthyLabels(), epoch: active.epoch },
    detached: detached.map(({ replica }) => replica.label),
  })

  const unchanged = (startedAt = clock.now()): SwitchOutcome => {
    const stores = replicas.healthyLabels()
    const { epoch } = active
    return { from: stores, to: stores, changed: false, epoch, durationMs: clock.now() - startedAt, detached: [] }
  }

  /** Turns persistence off at once. There is no store to prepare, so nothing can fail and nothing is awaited. */
  const detachAll = (target: SwitchTarget): SwitchOutcome => {
    const startedAt = clock.now()
    const from = replicas.healthyLabels()
    if (replicas.members().length === 0) return unchanged(startedAt)
    const detached = cutOver([])
    const outcome = outcomeOf(from, detached)
    target.announce(outcome)
    for (const member of detached) void draining.detach(member, callTimeoutMs)
    return {
      ...{ ...outcome, changed: true, durationMs: clock.now() - startedAt },
      detached: detached.map(({ replica }) => ({ store: replica.label, unsaved: replica.dirtyCount() })),
    }
  }

  /** Attaches a store after its earlier replica is closed, if it still takes part by then. */
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
    // A rollback during the preparation has detached the new stores too.
    signal.throwIfAborted()
    request.onDecided?.()
    if (isActiveAs(assignments)) return unchanged(startedAt)
    const fresh = assignments.filter(([{ replica }]) => replica.state() === 'detached')
    const detached = cutOver(assignments)
    for (const [member] of fresh) void attachOnceClosed(member).catch(() => undefined)
    const outcome = outcomeOf(from, detached)
    target.announce(outcome)
    if (underWay) underWay = { ...underWay, phase: 'draining' }
    const leftMs = Math.max(100, request.timeoutMs - (clock.now() - startedAt))
    const drained = detached.map(async (member) => ({
      store: member.replica.label,
      unsaved: await draining.detach(member, leftMs),
    }))
    return { ...outcome, changed: true, detached: await Promise.all(drained), durationMs: clock.now() - startedAt }
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
    /** Switches to the target of a request, after the switches before it. Rejects with a `ConfigError`, `StoreError` or `PoolError`; then nothing has changed. */
    change: (request: SwitchRequest, signal: AbortSignal = superseded.signal): Promise<SwitchOutcome> =>
      serial(() => run(request, signal)),
    /** Turns persistence off at once. Switches that are under way or waiting reject with `SWITCH_SUPERSEDED`. */
    rollBack(target: SwitchTarget): SwitchOutcome {
      supersede(
        new PoolError(
          'SWITCH_SUPERSEDED',
          'Persistence was turned off while this switch was waiting or under way; ask for it again if it is still wanted.',
        ),
      )
      return detachAll(target)
    },
    /** The outcome of a switch to the stores that are active already. */
    unchanged: (): SwitchOutcome => unchanged(),
    /** Rejects the switches that are being prepared or waiting with this error; fulfils once they have ended. A cut-over is not undone. */
    cancel(reason: CodedError): Promise<unknown> {
      supersede(reason)
      return preparing
    },
    /** A signal that is aborted by the next rollback or cancellation. */
    signal: (): AbortSignal => superseded.signal,
    /** The number of cut-overs so far, and the time of the last one, ms since the epoch. */
    active: (): { readonly epoch: number; readonly since: number } => active,
    /** The switch that is under way. */
    underWay: (): SwitchUnderWay | undefined => underWay,
  }
}

export type Switcher = ReturnType<typeof createSwitcher>

/** Throws if a store cannot be relied on. */
function assertHealthy({ replica }: Member): void {
  const error = replica.error()
  if (error) throw error
  if (replica.state() === 'attached' || replica.state() === 'observing') return
  throw new StoreError('STORE_UNAVAILABLE', `Store ${replica.label} is ${replica.state()}.`)
}
