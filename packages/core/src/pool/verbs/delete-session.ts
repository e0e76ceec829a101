import type { HostSession } from '../../contracts/session-host.ts'
import { endSession } from '../../discovery/end-session.ts'
import { PoolError } from '../../errors/pool-error.ts'
import type { EndReason } from '../../sessions/events.ts'
import { assertOwner, assertRunning, findEntry, type PoolCore } from '../../sessions/pool-core.ts'
import type { Entry } from '../../sessions/session.ts'
import { hostFailure } from '../host-failure.ts'
import type { Verbs } from './verbs.ts'

export function createDeleteSession(verbs: Verbs) {
  const { core, queue, attach } = verbs
  return async (workspace: string, { force = false }: { force?: boolean } = {}): Promise<void> => {
    assertRunning(core)
    assertOwner(core, 'Deleting a session')
    await attach()
    await queue.run(workspace, async () => {
      if (!core.memory.get(workspace) && (await deleteExited(verbs, workspace))) return
      const entry = findEntry(core, workspace)
      if (entry.activeRequests > 0 && !force) {
        throw new PoolError(
          'SESSION_BUSY',
          `The session of ${workspace} has ${entry.activeRequests} active request(s); wait, or delete it with { force: true }.`,
          { context: { workspace, activeRequests: entry.activeRequests } },
        )
      }
      await killAndEnd(core, entry, 'deleted')
    })
  }
}

/** A session of ours of which only the last screen is left is no longer in memory, and can be deleted all the same. */
async function deleteExited({ core, survey }: Verbs, workspace: string): Promise<boolean> {
  const { hostError, reconciliation } = await survey()
  if (hostError && !core.memory.get(workspace)) throw hostError
  const exited = reconciliation.exited.find((session) => session.pool === core.key && session.workspace === workspace)
  if (!exited || core.memory.get(workspace)) return false
  await endExited(core, exited)
  return true
}

/** Ends what is left of a session whose command has ended, then its record. */
export async function endExited(core: PoolCore, session: HostSession): Promise<void> {
  try {
    await core.options.host.kill(session)
  } catch (error) {
    throw hostFailure(error, session.workspace ?? session.sessionName)
  }
  const last = core.departures.get(session.sessionName)
  const pending = new Set<object>(core.replicas.all())
  const revision = (last?.revision ?? 0) + 1
  core.departures.set(session.sessionName, {
    incarnation: session.incarnation,
    entry: last?.entry,
    record: null,
    revision,
    pending,
  })
  for (const replica of core.replicas.all()) replica.mark(session.sessionName)
  await core.replicas.acknowledge([session.sessionName])
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
