import { assertRunning, findEntry } from '../../sessions/pool-core.ts'
import type { Entry } from '../../sessions/session.ts'
import type { Verbs } from './verbs.ts'

/**
 * The session of a workspace, also before `start()`: what is not in memory yet is looked for. Rejects with
 * `SESSION_NOT_FOUND` only when that is known, with `HOST_UNAVAILABLE` when the host cannot say.
 */
export async function knownEntry({ core, attach, survey }: Verbs, workspace: string): Promise<Entry> {
  assertRunning(core)
  const known = core.memory.get(workspace)
  if (known) return known
  await attach()
  if (!core.hostListed || !core.memory.get(workspace)) {
    const { hostError } = await survey()
    if (hostError && !core.memory.get(workspace)) throw hostError
  }
  return findEntry(core, workspace)
}
