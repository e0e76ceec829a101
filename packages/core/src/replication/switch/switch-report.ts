/** What a switch did. */
export interface SwitchReport {
  /** Stores that took writes before and after it; `memory` where none does. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** False: these stores took part already. */
  readonly changed: boolean
  /** Counts the switches of this run; 0 at start. */
  readonly epoch: number
  readonly durationMs: number
  /** Stores that were let go. What is theirs stays as it is; `unsaved` names did not get their last state there in time. */
  readonly left: ReadonlyArray<{ readonly store: string; readonly unsaved: number }>
}

export interface SwitchOptions {
  /** Why, for the log and `persistence()`; at most 500 characters. */
  readonly reason?: string | undefined
  /** How long it may take to have the new stores ready, ms. Default 10000. */
  readonly timeoutMs?: number | undefined
}
