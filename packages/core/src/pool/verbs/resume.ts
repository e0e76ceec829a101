import {
  type Clock,
  type CodedError,
  checkOptions,
  codeOf,
  type StoredRecord,
  strictOptions,
} from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { forEachYielding, once } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import {
  type Asker,
  type EndedSession,
  makePlan,
  type ResumeFilter,
  type ResumePlan,
  type ResumeReport,
  type ResumeStep,
  type ResumeWhy,
} from '@sessionkeep/resume'
import * as z from 'zod'
import { endCause } from '../../sessions/ended-sessions.ts'
import type { Session } from '../../sessions/session.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { checkLaunched, type LaunchOptions } from './launch-options.ts'
import { notFound, type SessionSources } from './require-session.ts'
import type { Resumer } from './resume-one.ts'

/** The options of `resume()`. */
export interface ResumeCallOptions {
  /** Ends the pass: sessions that have not been started are skipped. */
  readonly signal?: AbortSignal | undefined
}

interface ResumeParts {
  readonly sources: SessionSources
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly resumer: Resumer
  readonly bringBack: (
    record: StoredRecord,
    call: { readonly asker: Asker; readonly launch?: LaunchOptions; readonly signal?: AbortSignal | undefined },
  ) => Promise<{ readonly session: Session; readonly created: boolean }>
  readonly boot: () => string | undefined
  readonly clock: Clock
}

const filterOptions = once(() =>
  strictOptions({ workspaces: z.array(z.string()), causes: z.array(endCause()) }).partial(),
)
/** Of a plan only what is used is checked: it comes from `planResume()`. */
const plans = once(() =>
  z.looseObject({
    host: z.enum(['listed', 'unavailable']),
    resume: z.array(z.looseObject({ workspace: z.string() })),
    blocked: z.array(z.looseObject({ workspace: z.string() })),
  }),
)
const callOptions = once(() => strictOptions({ signal: z.custom((value) => value instanceof AbortSignal).optional() }))

/** The codes that are true of every session: `resume()` rejects with such an error if it resumed none. */
const OF_ALL: ReadonlySet<unknown> = new Set(['POOL_STOPPED', 'POOL_READ_ONLY', 'HOST_UNAVAILABLE'])

/** Makes the verbs that plan and do resumes. */
export function createResume(parts: ResumeParts) {
  const { sources, sessions, replicas, resumer, bringBack, boot, clock } = parts
  const { state, discovery, attach, table } = sources
  const { ended } = sessions

  /** Reads host and stores, and says what would come back now. */
  const planResume = async (filter: ResumeFilter = {}, verb = 'planResume()'): Promise<ResumePlan<unknown>> => {
    state.assertRunning()
    checkOptions(verb, filterOptions(), filter)
    await attach()
    const { hostError, answers, reconciliation } = await discovery.discover({ full: true })
    const answered = new Set(answers.map(({ store }) => store))
    const stores = replicas.active().map((replica) => ({
      store: replica.label,
      state: answered.has(replica) ? ('answered' as const) : ('unavailable' as const),
    }))
    if (hostError) return { host: 'unavailable', stores, resume: [], offered: [], blocked: [] }
    resumer.noteTaken(reconciliation.foreign, reconciliation.unstamped)
    const wanted: EndedSession<unknown>[] = []
    const named = filter.workspaces && new Set(filter.workspaces)
    await forEachYielding(ended.newest(), (record) => {
      if (named?.has(record.workspace) ?? true) wanted.push(ended.view(record))
    })
    const survivors = await sources.host.survivors(wanted)
    const now = boot()
    const draft = await makePlan(
      wanted,
      resumer.planInput(({ incarnation = '' }) => survivors.get(incarnation), 'pool'),
      filter.causes,
    )
    return Object.freeze({ host: 'listed', ...(now !== undefined && { boot: now }), stores, ...draft })
  }

  const isPlan = (what: ResumePlan<unknown> | ResumeFilter): what is ResumePlan<unknown> =>
    typeof what === 'object' && what !== null && 'resume' in what

  const resume = async (
    what: ResumePlan<unknown> | ResumeFilter = {},
    options: ResumeCallOptions = {},
  ): Promise<ResumeReport<unknown>> => {
    state.assertRunning()
    state.assertOwner('Resuming sessions')
    checkOptions('resume()', callOptions(), options)
    const startedAt = clock.now()
    if (isPlan(what)) checkOptions('resume()', plans(), what)
    const plan = isPlan(what) ? what : await planResume(what, 'resume()')
    if (plan.host === 'unavailable') throw new PoolError('HOST_UNAVAILABLE', 'The host cannot list its sessions.')
    const resumed: ResumeStep<unknown>[] = []
    const failed: Array<ResumeStep<unknown> & { readonly error: CodedError }> = []
    const skipped: ResumeStep<unknown>[] = [...plan.blocked]
    let fatal: unknown

    const one = async (step: ResumeStep<unknown>): Promise<void> => {
      const skip = (why: ResumeWhy, detail?: string) => void skipped.push({ ...step, why, detail })
      const record = ended.lastRecord(step.workspace)
      if (table.get(step.workspace)) return skip('living')
      if (!record || record.incarnation !== step.incarnation || options.signal?.aborted) return skip('changed')
      try {
        const { created } = await bringBack(record, { asker: 'pool', signal: options.signal })
        if (created) resumed.push(step)
        else skip('living')
      } catch (thrown) {
        const error = thrown as CodedError
        const { why, detail } = (error.context ?? {}) as { readonly why?: ResumeWhy; readonly detail?: string }
        if (OF_ALL.has(codeOf(error))) fatal ??= error
        if (why !== undefined && codeOf(error) === 'NOT_RESUMABLE') skip(why, detail)
        else failed.push({ ...step, error })
      }
    }
    await Promise.all(plan.resume.map(one))
    if (fatal !== undefined && resumed.length === 0) throw fatal
    const places = new Map(plan.resume.map(({ workspace }, at) => [workspace, at]))
    const inOrder = <Step extends ResumeStep<unknown>>(steps: readonly Step[]): Step[] =>
      steps.toSorted((a, b) => (places.get(a.workspace) ?? -1) - (places.get(b.workspace) ?? -1))
    const report = { resumed: inOrder(resumed), failed: inOrder(failed), skipped: inOrder(skipped) }
    return Object.freeze({ ...report, ms: clock.now() - startedAt })
  }

  return {
    planResume: (filter?: ResumeFilter) => planResume(filter),
    resume,
    /** Brings one session back now. Returns the living one if there is one. */
    async resumeSession(workspace: string, launch: LaunchOptions = {}): Promise<Session> {
      state.assertRunning()
      state.assertOwner('Resuming a session')
      checkLaunched(workspace, launch)
      await attach()
      const living = table.get(workspace)
      if (living) return living
      const { hostError, reconciliation } = await discovery.discover({ full: true })
      state.assertRunning()
      if (hostError) throw hostError
      resumer.noteTaken(reconciliation.foreign, reconciliation.unstamped)
      const found = table.get(workspace)
      if (found) return found
      const record = ended.lastRecord(workspace)
      if (!record) throw notFound(workspace)
      return (await bringBack(record, { asker: 'person', launch })).session
    },
  }
}

export type Resume = ReturnType<typeof createResume>
