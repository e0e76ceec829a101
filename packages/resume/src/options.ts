import { strictOptions } from '@sessionkeep/contracts'
import { ms, once } from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import type { EndedSession } from './ended-session.ts'
import type { Backoff, ResumeBackoff } from './tries.ts'

/** What {@link ResumeOptions.check} answers: the session may come back, or why not. */
export type ResumeCheck = 'ok' | { readonly skip: string }

/** Which ended sessions come back, and how. */
export interface ResumeOptions<Attributes> {
  /**
   * What brings a session back. `never`: only the verbs `resume()` and `resumeSession()`. `request`: also
   * `getOrCreateSession()`. `ask`: like `request`, and the pool emits `resume:offered` with a plan when sessions are lost.
   * `start`: like `request`, and the pool resumes lost sessions by itself.
   * @defaultValue `'never'`
   */
  readonly when?: 'never' | 'request' | 'ask' | 'start' | undefined
  /** Whether plans also contain sessions whose command ended by a signal or by another exit code than 0. @defaultValue false */
  readonly crashed?: boolean | undefined
  /** Sessions that were last used longer ago than this come back only when they are asked for, ms. @defaultValue 7 days */
  readonly maxAgeMs?: number | undefined
  /** The most sessions that are resumed at one time. @defaultValue 2 */
  readonly concurrency?: number | undefined
  /** The least time between two starts, ms. A session that a request waits for does not wait for it. @defaultValue 500 */
  readonly spacingMs?: number | undefined
  /** How long a resumed session must live after it is ready, until it counts as resumed, ms. @defaultValue 3000 */
  readonly settleMs?: number | undefined
  /** Compares two sessions; the lesser comes back first. @defaultValue the one that was used last comes first */
  readonly order?: ((a: EndedSession<Attributes>, b: EndedSession<Attributes>) => number) | undefined
  /** Says whether a session can come back, for example whether its transcript is there. Called for each plan, and again before the start. It must answer within `readyTimeoutMs` of the pool. @defaultValue every session can */
  readonly check?: ((ended: EndedSession<Attributes>) => ResumeCheck | Promise<ResumeCheck>) | undefined
  /** Prepares the start, for example makes the working directory again. With it, a missing directory blocks no session. It must end within `readyTimeoutMs` of the pool. @defaultValue nothing is prepared */
  readonly prepare?: ((ended: EndedSession<Attributes>) => unknown) | undefined
  /**
   * What only one session may have at a time, such as a conversation or a directory. Called for ended and for living sessions.
   * A session is not resumed while another one has one of its keys. @defaultValue none
   */
  readonly keys?:
    | ((session: Pick<EndedSession<Attributes>, 'workspace' | 'attributes' | 'place'>) => readonly string[])
    | undefined
  /** Pauses after attempts. The records keep the attempts over restarts. They are cleared once the session has lived for `steadyMs` or completed a request. */
  readonly backoff?: ResumeBackoff | undefined
}

/** What is kept of sessions that have ended. */
export interface HistoryOptions {
  /** The most workspaces without a living session whose last record is kept; beyond it, those that ended first are removed. @defaultValue 200, or `maxSessions` if that is more, since so many may be lost at one time */
  readonly most?: number | undefined
  /** How many of the last lines of a session's screen are kept; 0: none. A host keeps at most 50 of them. @defaultValue 50 */
  readonly screenLines?: number | undefined
  /** The most bytes of the screen that are kept of a session. @defaultValue 8192 */
  readonly screenBytes?: number | undefined
  /** Called with the screen and the command line of a session before they are kept; for example to remove secrets. @defaultValue nothing is removed */
  readonly redact?: ((text: string) => string) | undefined
}

const call = z
  .custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')
  .optional()

/** The schema of {@link ResumeOptions}, with the defaults. */
export const resumeOptions = once(() =>
  strictOptions({
    when: z.enum(['never', 'request', 'ask', 'start']).default('never'),
    crashed: z.boolean().default(false),
    maxAgeMs: z
      .number()
      .min(0)
      .default(7 * 24 * 3600 * 1000),
    concurrency: z.int().min(1).default(2),
    spacingMs: ms(500, 0),
    settleMs: z.number().min(0).default(3000),
    order: call,
    check: call,
    prepare: call,
    keys: call,
    backoff: strictOptions({
      minMs: ms(30_000),
      maxMs: ms(600_000),
      tries: z.int().min(1).default(5),
      withinMs: ms(900_000),
      steadyMs: ms(1_800_000),
    }).prefault({}),
  }),
)

/** The schema of {@link HistoryOptions}, with the defaults. */
export const historyOptions = once(() =>
  strictOptions({
    most: z.int().min(1).optional(),
    screenLines: z.int().min(0).default(50),
    screenBytes: z.int().min(0).default(8192),
    redact: call,
  }),
)

type Defaults = 'when' | 'crashed' | 'maxAgeMs' | 'concurrency' | 'spacingMs' | 'settleMs' | 'backoff'

/** The options of resuming with the defaults filled in. */
export type ResolvedResume = Omit<ResumeOptions<unknown>, Defaults> & {
  readonly [Name in Exclude<Defaults, 'backoff'>]-?: Exclude<ResumeOptions<unknown>[Name], undefined>
} & { readonly backoff: Backoff }

/** The options of the history with the defaults filled in. */
export type ResolvedHistory = {
  readonly [Name in Exclude<keyof HistoryOptions, 'redact' | 'most'>]-?: number
} & Pick<HistoryOptions, 'redact' | 'most'>
