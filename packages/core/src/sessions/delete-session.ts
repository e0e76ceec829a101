import type { EndReason } from '../context/events.ts'
import { hostFailure } from '../context/host-failure.ts'
import { assertOwner, assertRunning, findEntry, type PoolCore } from '../context/pool-core.ts'
import { endSession } from '../discovery/end-session.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Entry } from '../memory/entry.ts'
import type { Verbs } from './verbs.ts'

export function createDeleteSession({ core, queue, attach, survey }: Verbs) {
  return async (workspace: string, { force = false }: { force?: boolean } = {}): Promise<void> => {
    assertRunning(core)
    assertOwner(core, 'Deleting a session')
    await attach()
    await queue.run(workspace, async () => {
      if (!core.memory.get(workspace)) await survey()
      const entry = findEntry(core, workspace)
      if (entry.activeRequests > 0 && !force) {
        throw new PoolError(
          'SESSION_BUSY',
          `The session of ${workspace} has ${entry.activeRequests} active request(s); wait, or delete it with { force: true }.`,
          {
            context: { workspace, activeRequests: entry.activeRequests },
          },
        )
      }
      await killAndEnd(core, entry, 'deleted')
    })
  }
}

/** Ends the session, then its record: never the record of a session that may still live. */
export async function killAndEnd(core: PoolCore, entry: Entry, reason: EndReason): Promise<void> {
  entry.ending = true
  try {
    await core.options.host.kill(entry.session)
  } catch (error) {
    throw hostFailure(error, entry.workspace)
  } finally {
    entry.ending = false
  }
  if (core.memory.has(entry)) endSession(core, entry, reason)
  await core.replicas.acknowledge([entry.session.sessionName])
}
