import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, type Logger, type SessionPoolOptions } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { onTestFinished } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'

interface Line {
  level: string
  fields: Record<string, unknown>
  message: string
}

/** A private tmux server, an empty directory, and pools on both. */
export function fixture() {
  const server = privateServer()
  const directory = mkdtempSync(join(tmpdir(), 'sks-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = (session: string) => join(directory, `${session}.json`)
  return {
    server,
    directory,
    path,
    read: (session: string): Record<string, unknown> => JSON.parse(readFileSync(path(session), 'utf8')),
    write: (session: string, record: object): void => writeFileSync(path(session), JSON.stringify(record)),
    pool(options: Partial<SessionPoolOptions<Record<string, unknown>>> = {}) {
      const lines: Line[] = []
      const at = (level: string) => (fields: object, message: string) => {
        lines.push({ level, fields: { ...fields }, message })
      }
      const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
      const { metadata, ...rest } = options
      const pool = createSessionPool<Record<string, unknown>>({
        // Tests read what is stored, in the namespace that a host without a place has.
        host: { ...server.host(), place: undefined },
        logger,
        livenessIntervalMs: 100,
        ...rest,
        // Long time-outs, so that start, creation and saving wait for the stores also on a busy machine.
        metadata: {
          attachTimeoutMs: 60_000,
          callTimeoutMs: 60_000,
          saveTimeoutMs: 60_000,
          store: fileStore({ directory }),
          flushIntervalMs: 50,
          lockRetryMs: 50,
          ackTimeoutMs: 10_000,
          ...metadata,
        },
      })
      onTestFinished(async () => {
        await pool.stop({ timeoutMs: 500 })
      })
      return Object.assign(pool, { lines })
    },
  }
}

/** The fields of a view that must be the same after a restart. */
export const memoryOf = (view: object | undefined) => {
  const { createdAt, totalRequests, status, lastActivityAt } = (view ?? {}) as Record<string, unknown>
  return { createdAt, totalRequests, status, lastActivityAt }
}

export const byHand = (sessionName: string, more: object = {}) => ({
  sessionName,
  workspace: sessionName.replace(/^claude-/, ''),
  createdAt: 1_600_000_000_000,
  lastActivityAt: 1_600_000_500_000,
  totalRequests: 42,
  status: 'idle',
  ...more,
})
