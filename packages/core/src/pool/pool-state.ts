import { PoolError } from '../errors/pool-error.ts'

/** Whether a pool still takes calls, and which. */
export function createPoolState(role: 'owner' | 'observer') {
  let phase: 'running' | 'terminating' | 'stopped' = 'running'
  return {
    isStopped: (): boolean => phase === 'stopped',
    /** Whether nothing more is to be made. */
    isTerminating: (): boolean => phase === 'terminating',
    /** `terminating`: the sessions are being ended; `running`: they are not, after all. A pool that was stopped stays so. */
    become(next: 'running' | 'terminating' | 'stopped'): void {
      if (phase !== 'stopped') phase = next
    },
    assertRunning(): void {
      if (phase === 'stopped')
        throw new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.')
    },
    assertOwner(verb: string): void {
      if (role === 'owner') return
      throw new PoolError('POOL_READ_ONLY', `${verb} is not for an observer; use a pool whose role is owner.`)
    },
  }
}

export type PoolState = ReturnType<typeof createPoolState>
