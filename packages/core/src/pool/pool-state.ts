import { PoolError } from '@sessionkeep/contracts/errors'

/** The state of a pool, which decides the calls that it accepts. */
export function createPoolState(role: 'owner' | 'observer') {
  let state: 'running' | 'terminating' | 'stopped' = 'running'
  return {
    isStopped: (): boolean => state === 'stopped',
    /** Whether `terminate()` is running, so that no session may be created. */
    isTerminating: (): boolean => state === 'terminating',
    /** Changes the state. `running` takes back `terminating`. A stopped pool stays stopped. */
    become(next: 'running' | 'terminating' | 'stopped'): void {
      if (state !== 'stopped') state = next
    },
    assertRunning(): void {
      if (state === 'stopped')
        throw new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.')
    },
    assertOwner(verb: string): void {
      if (role === 'owner') return
      throw new PoolError('POOL_READ_ONLY', `${verb} is not for an observer; use a pool whose role is owner.`)
    },
  }
}

export type PoolState = ReturnType<typeof createPoolState>
