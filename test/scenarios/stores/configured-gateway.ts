import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { sqliteHome } from '../../../packages/store-keyv/test/support/prerequisites.ts'
import { startGateway } from '../../../scripts/demo/gateway.mjs'
import { openSandbox } from '../../../scripts/demo/sandbox.mjs'

/** A session as the gateway lists it. */
export interface ListedSession {
  readonly workspace: string
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly totalRequests: number
  readonly status: string
  readonly attributes?: unknown
  readonly saved: boolean
}

/** The gateway of examples/quickstart with a configuration file. Only the value of `store` differs between tests. */
export function configuredGateway(store: string, stores: (directory: string) => Readonly<Record<string, unknown>>) {
  const sandbox = openSandbox()
  onTestFinished(async () => expect(await sandbox.close()).toEqual([]))
  const { directory } = sandbox
  writeFileSync(
    join(directory, 'sessionkeep.config.json'),
    JSON.stringify({ store, stores: stores(directory), attachTimeoutMs: 20_000 }),
  )
  // The SQLite adapter is in no manifest; the gateway resolves it from its working directory.
  if (sqliteHome) symlinkSync(join(sqliteHome, 'node_modules'), join(directory, 'node_modules'))
  return {
    sandbox,
    start: () => startGateway(sandbox, undefined),
  }
}

/** The fields that must be the same after a restart. */
export const lasting = (sessions: readonly ListedSession[]) =>
  sessions
    .map(({ workspace, createdAt, lastActivityAt, totalRequests, status, attributes }) => ({
      ...{ workspace, createdAt, lastActivityAt, totalRequests, status, attributes },
    }))
    .sort((a, b) => a.workspace.localeCompare(b.workspace))
