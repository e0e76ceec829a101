import type { CodedError, EndCause, JsonObject, LaunchPlace } from '@sessionkeep/contracts'

/**
 * Why a session does not come back, or not by itself.
 *
 * - `exited`, `killed`, `idle`, `replaced`, `deleted`, `terminated`: it ended for that cause; it comes back when it is asked
 * for.
 * - `too-old`: it was last used longer ago than `maxAgeMs`.
 * - `not-wanted`: the filter names other causes.
 * - `living`: the workspace has a living session.
 * - `unstamped`: a session without a stamp has its name; programs that restore sessions make such sessions.
 * - `foreign`: a session of another pool has its name.
 * - `unverified`: a store has not answered, and may know more.
 * - `backing-off`: the last attempt was a short time ago; see `nextAt`.
 * - `parked`: too many attempts failed, or its session ended again each time.
 * - `command`: the pool may not start its command, since it was too long to be stored, `history.redact` has changed it, or it comes
 * from a store that other machines can write to; and nobody gives it now.
 * - `env`: it was given variables whose values are not stored, and nobody gives them now.
 * - `survivor`: the process of its command still runs, without its session; see `detail`.
 * - `cwd`: its working directory is not there.
 * - `check`: the gateway does not let it come back; see `detail`.
 * - `key`: another session has something that only one may have; see `detail`.
 * - `limit`: the pool has `maxSessions` sessions.
 * - `changed`: something has changed since the plan was made.
 */
export type ResumeWhy =
  | EndCause
  | 'too-old'
  | 'not-wanted'
  | 'living'
  | 'unstamped'
  | 'foreign'
  | 'unverified'
  | 'backing-off'
  | 'parked'
  | 'command'
  | 'env'
  | 'survivor'
  | 'cwd'
  | 'check'
  | 'key'
  | 'limit'
  | 'changed'

/** One ended session in a plan. Times are ms since the epoch. */
export interface ResumeStep<Attributes = JsonObject> {
  readonly workspace: string
  /** The session that ended. A plan is carried out for this session, and for no later one of its workspace. */
  readonly incarnation: string | undefined
  readonly generation: number
  readonly cause: EndCause
  readonly endedAt: number | undefined
  readonly exitCode: number | undefined
  readonly signal: number | undefined
  readonly lastActivityAt: number
  readonly totalRequests: number
  /** Set if a request was running when it ended. The request is not repeated. */
  readonly interrupted?: true
  readonly cwd?: string
  readonly command?: LaunchPlace['command']
  readonly attributes?: Attributes
  /** The number of attempts so far. */
  readonly tries?: number
  /** Before this time, only `resumeSession()` makes another attempt. */
  readonly nextAt?: number
  /** Why it does not come back, or not by itself; see {@link ResumeWhy}. */
  readonly why?: ResumeWhy | undefined
  /** More about `why`, for people. */
  readonly detail?: string | undefined
}

/** What resuming would do now. */
export interface ResumePlan<Attributes = JsonObject> {
  /** Whether the host listed its sessions. If not, the plan is empty, since nobody knows what has ended. */
  readonly host: 'listed' | 'unavailable'
  /** The boot in which the host runs. */
  readonly boot?: string
  /** Whether each active store answered. */
  readonly stores: ReadonlyArray<{ readonly store: string; readonly state: 'answered' | 'unavailable' }>
  /** The sessions that come back, in this order. */
  readonly resume: ReadonlyArray<ResumeStep<Attributes>>
  /** Those that come back only when they are asked for, by `resumeSession()` or by a request. */
  readonly offered: ReadonlyArray<ResumeStep<Attributes>>
  /** Those that cannot come back now, each with the reason. */
  readonly blocked: ReadonlyArray<ResumeStep<Attributes>>
}

/** Selects the ended sessions that fulfil every condition. */
export interface ResumeFilter {
  /** Only sessions of these workspaces. @defaultValue any */
  readonly workspaces?: readonly string[] | undefined
  /** Only sessions that ended for one of these causes. @defaultValue lost sessions (`server`, `boot`), and crashed ones if the options say so */
  readonly causes?: readonly EndCause[] | undefined
}

/** What `resume()` has done. */
export interface ResumeReport<Attributes = JsonObject> {
  readonly resumed: ReadonlyArray<ResumeStep<Attributes>>
  /** Sessions that could not be resumed. Their records are as before, except for the attempts. */
  readonly failed: ReadonlyArray<ResumeStep<Attributes> & { readonly error: CodedError }>
  /** Sessions that were not tried; `why` says the reason. */
  readonly skipped: ReadonlyArray<ResumeStep<Attributes>>
  /** How long it took, ms. */
  readonly ms: number
}
