import { ConfigError, type EndCause, messageOf } from '@sessionkeep/contracts'
import { createYielding } from '@sessionkeep/contracts/internal'
import { isLost } from './causes.ts'
import { type EndedSession, startOf } from './ended-session.ts'
import type { Keyed } from './keys.ts'
import { createKeysInUse, type KeysInUse } from './keys.ts'
import type { ResolvedResume } from './options.ts'
import type { ResumePlan, ResumeStep, ResumeWhy } from './plan-types.ts'
import { heldBack } from './tries.ts'

/** Why the pool does not start the command of a session by itself. */
export const COMMAND_WITHHELD =
  'its command is too long to be stored, or history.redact has changed it, or it was read from a store that other machines can write to'

/** What a plan is made from. */
export interface PlanInput {
  readonly options: ResolvedResume
  /** The present time, ms since the epoch. */
  readonly now: number
  /** The number of sessions that may be started before the pool is full. */
  readonly free: number
  /** Living sessions, and those that are being created. */
  living(): readonly Keyed[]
  /** What the pool's `launch` or the caller may give, so that it need not be stored. */
  readonly mayGive: { readonly env: boolean; readonly command: boolean }
  /** A store that has not answered for a workspace, so that it may know more of it; undefined if there is none. */
  unreadBy(workspace: string): string | undefined
  /** What has the session name of a workspace; undefined if it is free. */
  takenBy(workspace: string): 'living' | 'foreign' | 'unstamped' | undefined
  /** A text about the process of an ended session that still runs; undefined if there is none. */
  survivorOf(ended: EndedSession<unknown>): Promise<string | undefined> | string | undefined
  /** Whether a directory is there; undefined if the host cannot say. */
  hasDirectory: ((path: string) => Promise<boolean>) | undefined
}

/** Who wants a session back: the pool by itself, a request for its workspace, or a person who called `resumeSession()`. */
export type Asker = 'pool' | 'request' | 'person'

/** Why a session cannot come back now. */
export interface Obstacle {
  readonly why: ResumeWhy
  readonly detail?: string | undefined
}

type Draft = Omit<ResumePlan<unknown>, 'host' | 'boot' | 'stores'>

/**
 * Sorts ended sessions into those that come back, those that come back only when they are asked for, and those that cannot.
 * When the pool carries the plan out, it asks `obstacleOf()` again for each session at its turn. `causes`: the causes that are
 * wanted; undefined means those of lost sessions, and crashes if the options say so.
 */
export async function makePlan(
  ended: ReadonlyArray<EndedSession<unknown>>,
  input: PlanInput,
  causes?: readonly EndCause[],
): Promise<Draft> {
  const draft = {
    resume: [] as ResumeStep<unknown>[],
    offered: [] as ResumeStep<unknown>[],
    blocked: [] as ResumeStep<unknown>[],
  }
  const inUse = createKeysInUse(input.options.keys, input.living())
  const { order = byLastActivity } = input.options
  const yieldToEventLoop = createYielding()
  for (const one of inOrder(ended, order)) {
    await yieldToEventLoop()
    const why = notByItself(one, input, causes)
    if (why) {
      draft.offered.push({ ...stepOf(one), why })
      continue
    }
    const free = input.free - draft.resume.length
    const obstacle = await obstacleOf(one, { ...input, free }, 'pool', inUse)
    if (obstacle) draft.blocked.push({ ...stepOf(one), ...obstacle })
    else {
      draft.resume.push(stepOf(one))
      inUse.add(one)
    }
  }
  return draft
}

/** Why a session comes back only when it is asked for; undefined if it comes back by itself. */
function notByItself(
  one: EndedSession<unknown>,
  { options, now }: PlanInput,
  causes: readonly EndCause[] | undefined,
): ResumeWhy | undefined {
  const { cause = 'killed', exitCode } = one.ended ?? {}
  const isCrash = cause === 'exited' && exitCode !== 0
  if (causes ? !causes.includes(cause) : !isLost(cause) && !(options.crashed && isCrash))
    return cause === 'server' || cause === 'boot' ? 'not-wanted' : cause
  return now - Math.max(one.lastActivityAt, startOf(one)) > options.maxAgeMs ? 'too-old' : undefined
}

/** Whether another session has something that only one may have. Ask once more right before the session is created. */
export function keyConflict(
  one: EndedSession<unknown>,
  input: PlanInput,
  inUse: KeysInUse = createKeysInUse(input.options.keys, input.living()),
): Obstacle | undefined {
  const conflict = inUse.conflict(one)
  return conflict === undefined ? undefined : { why: 'key', detail: conflict }
}

/** What keeps a session from coming back now; undefined if nothing does. */
export async function obstacleOf(
  one: EndedSession<unknown>,
  input: PlanInput,
  asker: Asker,
  inUse?: KeysInUse,
): Promise<Obstacle | undefined> {
  const { workspace, place, tries } = one
  const taken = input.takenBy(workspace)
  if (taken) return { why: taken }
  const unread = input.unreadBy(workspace)
  if (unread !== undefined)
    return { why: 'unverified', detail: `the store ${unread} has not answered, or another pool writes there` }
  const back = asker === 'person' ? undefined : heldBack(tries, input.now, input.options.backoff)
  if (back === 'backing-off') return { why: back, detail: tries?.error }
  if (back) return { why: back, detail: `${tries?.count} attempts, the last at ${iso(tries?.lastAt)}` }
  if (place?.withheld && !input.mayGive.command) return { why: 'command', detail: COMMAND_WITHHELD }
  if (place?.env?.length && !input.mayGive.env)
    return { why: 'env', detail: `nobody gives ${place.env.join(', ')}, whose values are not stored` }
  const survivor = await input.survivorOf(one)
  if (survivor !== undefined) return { why: 'survivor', detail: survivor }
  if (place?.cwd !== undefined && !input.options.prepare && (await input.hasDirectory?.(place.cwd)) === false)
    return { why: 'cwd', detail: `${place.cwd} is not there` }
  const skip = await checked(one, input.options)
  if (skip !== undefined) return { why: 'check', detail: skip }
  // Another session may have got the key while the gateway checked this one.
  const conflict = keyConflict(one, input, inUse)
  if (conflict) return conflict
  return input.free > 0 ? undefined : { why: 'limit' }
}

/** Why the gateway does not let a session come back. A check that throws counts as a no. */
async function checked(one: EndedSession<unknown>, { check }: ResolvedResume): Promise<string | undefined> {
  if (!check) return undefined
  try {
    const answer: unknown = await check(one)
    if (answer === 'ok') return undefined
    const skip = (answer as { readonly skip?: unknown } | null | undefined)?.skip
    return typeof skip === 'string' ? skip : 'check() returned neither ok nor a reason'
  } catch (error) {
    return `check() failed: ${messageOf(error)}`
  }
}

/** The step of a plan for a session. */
export function stepOf(one: EndedSession<unknown>): ResumeStep<unknown> {
  const { workspace, incarnation, generation = 1, ended, lastActivityAt, totalRequests, attributes, place, tries } = one
  const { cause = 'killed', at, exitCode, signal, interrupted } = ended ?? {}
  return {
    ...{ workspace, incarnation, generation, cause, endedAt: at, exitCode, signal, lastActivityAt, totalRequests },
    ...(interrupted && { interrupted }),
    ...(place?.cwd !== undefined && { cwd: place.cwd }),
    ...(place?.command !== undefined && { command: place.command }),
    ...(attributes !== undefined && { attributes }),
    ...(tries && { tries: tries.count, nextAt: tries.nextAt }),
  }
}

function byLastActivity(a: EndedSession<unknown>, b: EndedSession<unknown>): number {
  return b.lastActivityAt - a.lastActivityAt
}

function iso(time: number | undefined): string {
  return time === undefined ? 'an unknown time' : new Date(time).toISOString()
}

/** @throws `CONFIG_INVALID` when the function of the gateway fails: any other order could bring back the wrong sessions first. */
function inOrder<T>(items: readonly T[], order: (a: T, b: T) => number): T[] {
  try {
    return items.toSorted(order)
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', `resume.order() failed: ${messageOf(cause)}`, { cause })
  }
}
