import type { Process, World } from '../world.ts'

const EXPECTED: readonly string[] = [
  'SESSION_BUSY',
  'SESSION_NOT_FOUND',
  'SESSION_GONE',
  'SESSION_DRAINING',
  'SESSION_FOREIGN',
  // The session was ended by hand before the pool returned it.
  'SESSION_NOT_READY',
  'HOST_UNAVAILABLE',
  'POOL_STOPPED',
]

/** Runs a verb that may fail for a known reason. Failures of a process that was killed meanwhile are ignored. */
export async function attempt(
  { reportFault }: World,
  self: Process,
  verb: () => Promise<unknown>,
  also: readonly string[] = [],
): Promise<void> {
  try {
    // The calls of a killed process never settle.
    await Promise.race([verb(), self.death])
  } catch (error) {
    const code = String((error as { code?: string }).code)
    if (!self.dead && ![...EXPECTED, ...also].includes(code)) reportFault(`unexpected: ${String(error)}`)
  }
}

/**
 * Waits for a call now, or leaves the waiting to the step `rest`, in which everything is written. The workspace counts
 * as busy until the call has ended.
 */
export async function begin(world: World, running: Promise<void>, waits: boolean, workspace: string): Promise<void> {
  const { busy, pending } = world
  busy.set(workspace, (busy.get(workspace) ?? 0) + 1)
  const ended = running.finally(() => busy.set(workspace, (busy.get(workspace) ?? 0) - 1))
  if (waits) await ended
  else pending.push(ended)
}
