import type { CodedError } from '@sessionkeep/core'

/**
 * The worst state of the stores during a step: the changes that they had not acknowledged, of all sessions of the pool.
 */
export interface DirtyPeak {
  /** The number of names, in the store with the most of them. */
  readonly names: number
  /** The age of the oldest change, ms. */
  readonly oldestDirtyMs: number
}

/** A step of a drill and its cost. */
export interface DrillStep {
  /**
   * `steady`: no switch, for comparison. `detach`: a rollback. `attach`: a switch back to the selection of the layers.
   * `switch`: a switch to another selection.
   */
  readonly action: 'steady' | 'detach' | 'attach' | 'switch'
  /** The stores that were active after the step. */
  readonly stores: readonly string[]
  /** The duration of the switch, ms. */
  readonly switchMs: number
  /**
   * The time from the switch until each active store was attached and lacked nothing older than the switch, ms.
   * Undefined: that took longer than `timeoutMs`.
   */
  readonly catchUpMs: number | undefined
  /** The number of requests during the step. */
  readonly requests: number
  /** The duration of the longest request, ms. */
  readonly longestRequestMs: number
  readonly dirtyPeak: DirtyPeak
  /** The number of names that the detached stores did not get in time. */
  readonly unsaved: number
  /** The error of a switch that failed. Then nothing was changed, and the drill went on. */
  readonly error?: CodedError
}

/** Times of the creations or deletions of sessions during the drill. */
export interface CreateDeleteLoad {
  readonly made: number
  readonly longestMs: number
  /** The longest time while nothing was switched, ms. */
  readonly longestSteadyMs: number
  /** The number of creations or deletions since the first switch that took more than twice `longestSteadyMs`. */
  readonly waited: number
}

/** A kind of failure and when it happened. */
export interface DrillError {
  /** The action that failed, such as `request` or `detach`. */
  readonly during: string
  readonly code: string | undefined
  readonly message: string
  /** How often this kind happened. */
  readonly times: number
}

/** The report of a drill. */
export interface DrillReport {
  /** Whether no request was lost, everything was acknowledged, nothing failed, and the selection was restored. */
  readonly ok: boolean
  /** The duration of the drill, ms. */
  readonly durationMs: number
  readonly requests: {
    /** The number of requests. */
    readonly made: number
    /** The number that the pool has counted. */
    readonly counted: number
    /** `made` minus `counted`. */
    readonly lost: number
    /** The number that `saveSessionMetadata` did not acknowledge at the end. */
    readonly unacknowledged: number
    /**
     * The longest time from the moment at which a request was due until it ended, ms. This includes the time in which
     * the event loop was blocked.
     */
    readonly longestMs: number
    /** The 99.9th percentile, ms. */
    readonly p999Ms: number
  }
  readonly steps: readonly DrillStep[]
  readonly dirtyPeak: DirtyPeak
  readonly creates: CreateDeleteLoad
  readonly deletes: CreateDeleteLoad
  /**
   * `yes`: the pool is back on the selection of its layers. `superseded`: another caller has switched meanwhile, and
   * that selection was kept. `failed`: the switch back failed, and `errors` says why. The drill tries it again in the
   * background.
   */
  readonly restored: 'yes' | 'superseded' | 'failed'
  /** The workspaces of the drill's own sessions that could not be deleted. */
  readonly notDeleted: readonly string[]
  readonly errors: readonly DrillError[]
}
