/**
 * - `detached`: not asked to attach yet, or let go.
 * - `joining`: being opened, read and joined.
 * - `attached`: joined; what changes is written.
 * - `degraded`: failing; tried again by a timer.
 * - `locked`: another writer holds it; read, not written, until it is free.
 * - `observing`: read by a pool that never writes.
 */
export type ReplicaState = 'detached' | 'joining' | 'attached' | 'degraded' | 'locked' | 'observing'

export interface ReplicaTiming {
  /** How long one store call may take, ms. */
  readonly callDeadlineMs: number
  /** Between attempts on a failing store, ms. */
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  /** Between attempts on a held lock, ms. */
  readonly lockRetryMs: number
}
