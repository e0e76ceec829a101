import type { GetOrCreateOptions } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import { codeOf } from './failures.ts'

/** Returns how many requests the pool has counted in these sessions, and how many of them no store has acknowledged. */
export async function countOf(
  pool: DrilledPool,
  workspaces: readonly string[],
  failures: Failures,
): Promise<{ counted: number; unacknowledged: number }> {
  let counted = 0
  let unacknowledged = 0
  const save = async (workspace: string): Promise<void> => {
    const { totalRequests = 0, revision = 0 } = pool.getSession(workspace) ?? {}
    counted += totalRequests
    try {
      const saved = await pool.saveSessionMetadata(workspace)
      if (saved.revision < revision) unacknowledged += totalRequests
    } catch (error) {
      failures.add('save', error)
      unacknowledged += totalRequests
    }
  }
  await Promise.all(workspaces.map(save))
  return { counted, unacknowledged }
}

/** Creates the sessions one after the other, so that the host does not get a hundred at once. */
export async function createSessions(
  pool: DrilledPool,
  workspaces: readonly string[],
  session: GetOrCreateOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const workspace of workspaces) {
    signal?.throwIfAborted()
    await pool.getOrCreateSession(workspace, session)
  }
}

/** Deletes the sessions that exist. Returns the workspaces of those that could not be deleted. */
export async function deleteSessions(
  pool: DrilledPool,
  workspaces: readonly string[],
  failures: Failures,
): Promise<string[]> {
  const notDeleted: string[] = []
  for (const workspace of workspaces) {
    try {
      await pool.deleteSession(workspace, { force: true })
    } catch (error) {
      if (codeOf(error) === 'SESSION_NOT_FOUND') continue
      failures.add('delete', error)
      notDeleted.push(workspace)
    }
  }
  return notDeleted
}
