import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'

/** The faults of a server. With `down` it does not run when the pool starts. */
export const FAULTS = ['killed', 'frozen', 'emptied', 'down'] as const
export type Fault = (typeof FAULTS)[number]

/** Applies the fault from one sixth to six tenths of the time. Resolves when the server works again. */
export async function takeAway(server: Server, fault: Fault, seconds: number): Promise<void> {
  const until = (part: number) => delay(part * seconds * 1000)
  if (fault !== 'down') await until(1 / 6)
  if (fault === 'frozen') server.freeze()
  else await server.kill()
  if (fault === 'emptied') server.empty()
  await until(fault === 'down' ? 0.6 : 0.6 - 1 / 6)
  if (fault === 'frozen') server.thaw()
  else await server.start()
}
