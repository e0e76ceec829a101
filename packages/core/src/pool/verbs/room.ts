import { PoolError } from '@sessionkeep/contracts/errors'
import type { SessionTable } from '../../sessions/session-table.ts'
import type { PoolState } from '../pool-state.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { Reaper } from './reap.ts'

interface RoomParts {
  readonly table: SessionTable
  readonly state: PoolState
  readonly evictIdle: Reaper['evictIdle']
  readonly options: Pick<ResolvedOptions, 'maxSessions' | 'whenFull' | 'fullTimeoutMs'>
}

/** Makes the check that a pool has room for one session more, and does what `whenFull` says if it has none. */
export function createRoom({ table, state, evictIdle, options }: RoomParts) {
  const { maxSessions, whenFull, fullTimeoutMs } = options
  /** Those that wait for room, the first one first. */
  const line: object[] = []

  const hasRoom = (): boolean => table.size() + table.creatingCount() < maxSessions

  const fullError = (tried = ''): PoolError => {
    const message = `All ${maxSessions} sessions of this pool are in use; delete one, or raise maxSessions.${tried}`
    return new PoolError('SESSION_LIMIT', message, { context: { maxSessions } })
  }

  /** Waits in line until there is room. `leave` gives up the place in the line, and must be called as soon as the room is taken. */
  const queueUp = async (): Promise<() => void> => {
    const place = {}
    line.push(place)
    const leave = () => {
      line.splice(line.indexOf(place), 1)
      table.changes.tell()
    }
    const isNext = () => (line[0] === place && hasRoom()) || !state.isRunning()
    if (await table.changes.until(isNext, fullTimeoutMs)) return leave
    leave()
    throw fullError(` None ended within ${fullTimeoutMs} ms.`)
  }

  /**
   * Calls `create` once there is room. A session that is created takes its place before it first waits for anything. `mayWait`
   * is false for what the pool does by itself, which ends no session and waits for none.
   */
  return async <T>(create: () => Promise<T>, { mayWait }: { readonly mayWait: boolean }): Promise<T> => {
    if (!mayWait && (line.length > 0 || !hasRoom())) throw fullError()
    if (whenFull === 'queue') {
      const leave = hasRoom() && line.length === 0 ? undefined : await queueUp()
      try {
        state.assertMayCreate()
        return create()
      } finally {
        leave?.()
      }
    }
    while (!hasRoom()) {
      if (whenFull !== 'evict-idle') throw fullError()
      if (!(await evictIdle())) throw fullError(' None of them is idle and may be ended.')
      state.assertMayCreate()
    }
    return create()
  }
}

export type Room = ReturnType<typeof createRoom>
