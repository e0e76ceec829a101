import { PoolError } from '@sessionkeep/contracts/errors'

/** The state of a pool, which decides the calls that it accepts. */
export function createPoolState(role: 'owner' | 'observer') {
  let state: 'running' | 'terminating' | 'stopped' = 'running'
  const assertRunning = (): void => {
    if (state === 'stopped') throw new PoolError('POOL_STOPPED', 'This pool was stopped; create another one to go on.')
  }
  return {
    assertRunning,
    /** Whether the pool is neither stopped nor being terminated. */
    isRunning: (): boolean => state === 'running',
    isStopped: (): boolean => state === 'stopped',
    /** Changes the state. `running` takes back `terminating`. A stopped pool stays stopped. */
    become(next: 'running' | 'terminating' | 'stopped'): void {
      if (state !== 'stopped') state = next
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
