import type { CodedError } from '@sessionkeep/core'

/** What stores had not acknowledged, at its worst; of all sessions of the pool, not only the drill's. */
export interface DirtyPeak {
  /** Names, in the store that had most of them. */
  readonly names: number
  /** Age of the oldest change, ms. */
  readonly oldestDirtyMs: number
}

/** One thing that was done on purpose, and what it cost. */
export interface DrillStep {
  /** `steady`: nothing, for comparison. `detach`: a rollback. `attach`: back to what the layers say. */
  readonly action: 'steady' | 'detach' | 'attach' | 'switch'
  /** The stores in force after it. */
  readonly stores: readonly string[]
  /** What the switch took, ms. */
  readonly switchMs: number
  /** From then until each store in force was attached, and lacked nothing that was older than the switch, ms; undefined: not by the deadline. */
  readonly catchUpMs: number | undefined
  readonly requests: number
  readonly longestRequestMs: number
  readonly dirtyPeak: DirtyPeak
  /** Names that the stores which were let go did not get in time. */
  readonly unsaved: number
  /** Why it was not done; everything was left as it was, and the drill went on. */
  readonly error?: CodedError
}

/** Creations or deletions of sessions while stores came and went. */
export interface CreateDeleteLoad {
  readonly made: number
  readonly longestMs: number
  /** The slowest of them while nothing was switched, ms. */
  readonly longestSteadyMs: number
  /** Those that took more than twice as long as the slowest of the steady ones. */
  readonly waited: number
}

/** What failed, and during what. */
export interface DrillError {
  readonly during: string
  readonly code: string | undefined
  readonly message: string
  /** How often, with this code. */
  readonly times: number
}

/** What a drill cost. */
export interface DrillReport {
  /** No request lost, everything acknowledged, nothing failed, and the pool is as it was found. */
  readonly ok: boolean
  readonly durationMs: number
  readonly requests: {
    readonly made: number
    /** What the pool has counted of them. */
    readonly counted: number
    /** `made` less `counted`. */
    readonly lost: number
    /** What `saveSessionMetadata` did not acknowledge at the end. */
    readonly unacknowledged: number
    /** From the moment at which a request was due, ms: an event loop that stands still counts. */
    readonly longestMs: number
    readonly p999Ms: number
  }
  readonly steps: readonly DrillStep[]
  readonly dirtyPeak: DirtyPeak
  readonly creates: CreateDeleteLoad
  readonly deletes: CreateDeleteLoad
  /** `superseded`: somebody else has switched meanwhile, and that was left in force. `failed`: the switch back was not to be had, `errors` says why; it is tried again behind this report. */
  readonly restored: 'yes' | 'superseded' | 'failed'
  /** Workspaces of the drill's own sessions that could not be deleted. */
  readonly left: readonly string[]
  readonly errors: readonly DrillError[]
}
