import type { GetOrCreateOptions } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import { codeOf } from './failures.ts'

/** What the pool has counted of a drill's sessions, and what of that no store has acknowledged. */
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

/** One after the other, so that a host is not asked for a hundred at once. */
export async function make(
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

/** Deletes those that are there; gives the workspaces of those that could not be. */
export async function remove(pool: DrilledPool, workspaces: readonly string[], failures: Failures): Promise<string[]> {
  const left: string[] = []
  for (const workspace of workspaces) {
    try {
      await pool.deleteSession(workspace, { force: true })
    } catch (error) {
      if (codeOf(error) === 'SESSION_NOT_FOUND') continue
      failures.add('delete', error)
      left.push(workspace)
    }
  }
  return left
}
