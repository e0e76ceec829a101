import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionPool } from '@sessionkeep/core'

/** Sends requests to a session of the gateway until the drill has ended. Returns how many there were. */
export async function workUntil<T>(pool: SessionPool, workspace: string, ended: Promise<T>): Promise<number> {
  let made = 0
  let isOver = false
  const over = () => {
    isOver = true
  }
  ended.then(over, over)
  while (!isOver) {
    await pool.withRequest(workspace, () => sleep(5))
    made += 1
  }
  return made
}
