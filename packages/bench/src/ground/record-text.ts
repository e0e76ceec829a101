import { randomUUID } from 'node:crypto'

/** A record as the pool stores it, and so of the same size. */
export function sampleRecord(workspace: string): Record<string, unknown> {
  const now = Date.now()
  return {
    sessionName: `claude-${workspace}`,
    workspace,
    createdAt: now,
    lastActivityAt: now,
    totalRequests: 42,
    status: 'idle',
    incarnation: 'memory.1',
    pool: 'claude-',
    revision: 7,
    run: randomUUID(),
    schemaVersion: 1,
  }
}

export const recordText = (record: object): string => `${JSON.stringify(record, null, 2)}\n`
