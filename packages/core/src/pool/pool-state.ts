import { setMaxListeners } from 'node:events'
import { PoolError } from '@sessionkeep/contracts/errors'

/** The state of a pool, which decides the calls that it accepts. */
export function createPoolState(role: 'owner' | 'observer') {
  let state: 'running' | 'terminating' | 'stopped' | 'closed' = 'running'
  const isStopped = (): boolean => state === 'stopped' || state === 'closed'
  const stopped = new AbortController()
  // Any number of calls may wait for it.
  setMaxListeners(0, stopped.signal)
  const assertRunning = (): void => {
    if (isStopped()) throw new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.')
  }
  return {
    assertRunning,
    /** Whether the pool is neither stopped nor being terminated. */
    isRunning: (): boolean => state === 'running',
    isStopped,
    /** Throws if `stop()` does not wait for running calls any more: what they would do now is in no report. */
    assertNotClosed(): void {
      if (state === 'closed') assertRunning()
    },
    /** Changes the state. `running` takes back `terminating`. A stopped pool stays stopped, and is `closed` at last. */
    become(next: 'running' | 'terminating' | 'stopped' | 'closed'): void {
      if (!isStopped() || next === 'closed') state = next
      if (isStopped()) stopped.abort(new PoolError('POOL_STOPPED', 'The pool was stopped in the meantime.'))
    },
    /** Aborted when the pool is stopped. */
    get signal(): AbortSignal {
      return stopped.signal
    },
    /** Throws if the pool makes no more sessions. */
    assertMayCreate(): void {
      assertRunning()
      if (state === 'terminating')
        throw new PoolError('POOL_STOPPED', 'This pool is being terminated; it makes no more sessions.')
    },
    assertOwner(verb: string): void {
      if (role === 'owner') return
      throw new PoolError('POOL_READ_ONLY', `${verb} is not for an observer; use a pool whose role is owner.`)
    },
  }
}

export type PoolState = ReturnType<typeof createPoolState>
