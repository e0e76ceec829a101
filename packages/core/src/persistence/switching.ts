import { performance } from 'node:perf_hooks'
import { createSerial } from '../async/serial.ts'
import { unlessAborted } from '../async/unless-aborted.ts'
import type { PoolCore } from '../context/pool-core.ts'
import type { Member } from '../context/replica-set.ts'
import type { Survey } from '../discovery/survey.ts'
import type { CodedError } from '../errors/coded-error.ts'
import { standsAlone } from '../selection/resolve-selection.ts'
import type { DesiredSelection } from '../selection/selection.ts'
import { memoryStore } from '../stores/memory-store.ts'
import { NONE_COSTS, noneStore } from '../stores/none-store.ts'
import { commit, type Leaving, letGo } from './commit.ts'
import { effectiveStores } from './effective-stores.ts'
import { nameOf, type PlannedStore, planOf } from './plan.ts'
import { preparePlan } from './prepare-plan.ts'
import { addMember } from './prepare-stores.ts'
import { givenUp, superseded, tooLate } from './switch-errors.ts'
import type { SwitchReport } from './switch-report.ts'

/** Where a switch stands that is under way. */
export interface SwitchUnderWay {
  readonly store: string
  /** `preparing`: opened, tried out, joined and filled; nothing has changed yet. `draining`: in force; what it replaced is let go. */
  readonly phase: 'preparing' | 'draining'
  /** ms since the epoch. */
  readonly since: number
}

/** What is to be in force, as the layers say it at the moment when its turn has come. */
export interface Wanted {
  readonly desired: DesiredSelection
  readonly afterRestart: DesiredSelection
}

interface ChangeRequest {
  /** Asked when it is its turn. */
  readonly wanted: () => Wanted
  readonly deadlineMs: number
  /** Called when it can no longer fail, in the same step as it takes effect. */
  readonly decided?: () => void
}

/** How the stores that take part are changed, and where that stands. */
export interface Switching {
  /** Changes to what `wanted` gives when it is its turn. Rejects with a `ConfigError`, `StoreError` or `PoolError`, and then nothing has changed. */
  change(request: ChangeRequest, signal?: AbortSignal): Promise<SwitchReport>
  /** Memory alone, at once; what is under way or waits is superseded. */
  overtake(desired: DesiredSelection): SwitchReport
  /** The report of a switch to what is in force. */
  nothing(startedAt?: number): SwitchReport
  /** What is under way or waits ends with that error. */
  cancel(reason: CodedError): void
  /** Aborted when something else is wanted at once. */
  signal(): AbortSignal
  epoch(): number
  /** When the stores in force became that, ms since the epoch. */
  since(): number
  underWay(): SwitchUnderWay | undefined
  idle(): Promise<unknown>
}

/** Makes the stores that take part those of a selection. One switch at a time; stepping back to memory waits for none. */
export function createSwitching(core: PoolCore, survey: Survey): Switching {
  const serial = createSerial()
  const leaving: Leaving = new Map()
  let cancelled = new AbortController()
  let epoch = 0
  let since = Date.now()
  let underWay: SwitchUnderWay | undefined

  const cancel = (reason: CodedError): void => {
    cancelled.abort(reason)
    cancelled = new AbortController()
  }

  /** These take part from now on; gives the members that do not any more. */
  const putInForce = (members: ReadonlyArray<readonly [Member, Member['role']]>): Member[] => {
    epoch += 1
    since = Date.now()
    return commit(core, members)
  }

  const told = (
    desired: DesiredSelection,
    { from, startedAt, left }: { from: readonly string[]; startedAt: number; left: readonly Member[] },
  ): Omit<SwitchReport, 'left'> => {
    const to = effectiveStores(core)
    const { layer, reason } = desired
    const report = { from, to, changed: true, epoch, durationMs: performance.now() - startedAt }
    core.logger.info(
      { from, to, layer, reason, epoch, left: left.map(({ replica }) => replica.label) },
      'Store switched',
    )
    core.events.emit('store:switched', { from, to, layer, reason, epoch })
    return report
  }

  const nothing = (startedAt = performance.now()): SwitchReport => {
    const stores = effectiveStores(core)
    return { from: stores, to: stores, changed: false, epoch, durationMs: performance.now() - startedAt, left: [] }
  }

  /** Memory alone: no store is asked for anything. */
  const stepBack = (desired: DesiredSelection): SwitchReport => {
    const startedAt = performance.now()
    const from = effectiveStores(core)
    const [planned] = planOf(desired, desired)
    const members = core.replicas.members()
    const present = members.find(({ key }) => key === planned?.key)
    if (present && members.length === 1) return nothing(startedAt)
    const store = desired.store === 'none' ? noneStore() : memoryStore()
    if (desired.store === 'none') core.logger.warn({ store: 'none' }, NONE_COSTS)
    const member = present ?? addMember(core, survey, { key: desired.store as string, role: 'primary' }, store, false)
    const left = putInForce([[member, 'primary']])
    const report = told(desired, { from, startedAt, left })
    if (!present) void member.replica.attach()
    const { callDeadlineMs } = core.options.metadata
    for (const gone of left) void letGo(core, leaving, gone, callDeadlineMs)
    return { ...report, left: left.map(({ replica }) => ({ store: replica.label, unsaved: replica.dirtyCount() })) }
  }

  const abandon = (candidates: readonly Member[]): void => {
    core.replicas.retain(core.replicas.members().filter((member) => !candidates.includes(member)))
    for (const member of candidates) void letGo(core, leaving, member, 0)
  }

  const prepare = async (
    plan: readonly PlannedStore[],
    desired: DesiredSelection,
    deadlineMs: number,
    signal: AbortSignal,
  ) => {
    const candidates: Member[] = []
    const name = nameOf(desired.store)
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(tooLate(name, deadlineMs)), deadlineMs)
    // What one store fails at ends the preparation of the others, too: nothing is added after it.
    const failed = new AbortController()
    const either = AbortSignal.any([signal, late.signal, failed.signal])
    try {
      return await unlessAborted(
        either,
        preparePlan({ core, survey, leaving, plan, desired, signal: either }, candidates),
      )
    } catch (error) {
      failed.abort(error)
      abandon(candidates)
      throw givenUp(name, error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Attaches a store once it is closed where it took part before, if it still takes part by then. */
  const attachWhenFree = async (member: Member): Promise<void> => {
    await leaving.get(member.key)
    if (!core.stopped && core.replicas.members().includes(member)) await member.replica.attach()
  }

  const run = async ({ wanted, deadlineMs, decided }: ChangeRequest, signal: AbortSignal): Promise<SwitchReport> => {
    signal.throwIfAborted()
    const startedAt = performance.now()
    const { desired, afterRestart } = wanted()
    if (standsAlone(desired.store)) {
      decided?.()
      return stepBack(desired)
    }
    const from = effectiveStores(core)
    const plan = planOf(desired, afterRestart)
    underWay = { store: nameOf(desired.store), phase: 'preparing', since: Date.now() }
    try {
      const members = await prepare(plan, desired, deadlineMs, signal)
      // Whoever stepped back since has let go of the new ones, too.
      signal.throwIfAborted()
      decided?.()
      const before = core.replicas.members()
      const isSame =
        before.length === members.length &&
        members.every(([member, role], at) => before[at] === member && member.role === role && !member.isCandidate)
      if (isSame) return nothing(startedAt)
      const fresh = members.filter(([member]) => member.replica.state() === 'detached')
      const left = putInForce(members)
      for (const [member] of fresh) void attachWhenFree(member).catch(() => undefined)
      const report = told(desired, { from, startedAt, left })
      underWay = { ...underWay, phase: 'draining' }
      const leftMs = Math.max(100, deadlineMs - (performance.now() - startedAt))
      const drained = left.map(async (member) => ({
        store: member.replica.label,
        unsaved: await letGo(core, leaving, member, leftMs),
      }))
      return { ...report, left: await Promise.all(drained), durationMs: performance.now() - startedAt }
    } finally {
      underWay = undefined
    }
  }

  return {
    change: (request, signal = cancelled.signal) => serial(() => run(request, signal)),
    overtake(desired) {
      cancel(superseded())
      return stepBack(desired)
    },
    nothing,
    cancel,
    signal: () => cancelled.signal,
    epoch: () => epoch,
    since: () => since,
    underWay: () => underWay,
    idle: () => Promise.allSettled([serial(() => Promise.resolve()), ...leaving.values()]),
  }
}
