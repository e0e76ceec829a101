import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { countWritten } from './count-written.ts'
import { ownProcessorMs } from './server-cost.ts'

const HOUR_MS = 3_600_000
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** Measures one pool with so many sessions on files: a start, a flush after a request to each session, and its memory. */
export async function measurePool(sessions: number): Promise<object> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const directory = mkdtempSync(join(tmpdir(), 'sk-scale-'))
  const names = Array.from({ length: sessions }, (_, at) => `w${at}`)
  const host = memoryHost()
  for (const workspace of names)
    await host.create(`claude-${workspace}`, { workspace, pool: 'claude-', createdAt: Date.now() })
  const poolOn = () => {
    const { store, whenWritten } = countWritten(fileStore({ directory }))
    const pool = createSessionPool({
      ...{ host, logger, maxSessions: sessions, livenessIntervalMs: HOUR_MS },
      metadata: { store, flushIntervalMs: 100, attachTimeoutMs: HOUR_MS },
    })
    return { pool, whenWritten }
  }
  const flush = async ({ pool, whenWritten }: ReturnType<typeof poolOn>) => {
    const [before, written] = [ownProcessorMs(), whenWritten(sessions)]
    for (const name of names) {
      pool.trackRequestStart(name)
      pool.trackRequestComplete(name)
    }
    await written
    return ownProcessorMs() - before
  }
  try {
    const first = poolOn()
    await first.pool.start()
    await flush(first)
    await first.pool.stop({ timeoutMs: HOUR_MS })
    collect()
    const [heap, before] = [process.memoryUsage().heapUsed, ownProcessorMs()]
    const second = poolOn()
    await second.pool.start()
    const start = ownProcessorMs() - before
    await flush(second)
    const flushed = await flush(second)
    collect()
    const held = process.memoryUsage().heapUsed - heap
    await second.pool.stop({ timeoutMs: HOUR_MS })
    return { sessions, start, flushed, heap: held / sessions }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
