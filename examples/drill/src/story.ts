import { createSessionPool } from '@sessionkeep/core'
import { drill, formatDrill } from '@sessionkeep/drill'
import { fileStore } from '@sessionkeep/store-file'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Fixture } from './fixture.ts'
import { workUntil } from './gateway-at-work.ts'

export interface Story {
  readonly write: (text: string) => void
  /** The duration of each step, ms. */
  readonly stepMs: number
  readonly signal?: AbortSignal
}

/** Runs a drill on a pool that serves requests. Returns how many of its claims failed. */
export async function runStory(fixture: Fixture, { write, stepMs, signal }: Story): Promise<number> {
  let broken = 0
  const claim = (text: string, holds: boolean): void => {
    if (!holds) broken += 1
    write(`${holds ? '✓' : '✗'} ${text}\n`)
  }

  const pool = createSessionPool({
    host: tmuxHost({ socketPath: fixture.socketPath }),
    sessionPrefix: 'work-',
    metadata: { store: 'file', stores: { file: { directory: fixture.first } } },
    // The program in a session does not matter here. The own sessions of the drill are started the same way.
    launch: () => ({ command: 'sleep 600' }),
  })
  try {
    await pool.start()
    await pool.getOrCreateSession('docs')

    write(`Six steps of ${stepMs} ms, under load. If it is interrupted, it restores everything.\n\n`)
    const second = fileStore({ directory: fixture.second })
    const drilling = drill(pool, {
      through: [second, { store: second, mirror: ['file'] }],
      stepMs,
      ...(signal ? { signal } : {}),
    })
    const made = await workUntil(pool, 'docs', drilling)
    const report = await drilling

    write(`${formatDrill(report)}\n`)
    const { requests, steps, restored } = report
    claim(`none of the ${requests.made} requests of the drill was lost`, requests.made > 0 && requests.lost === 0)
    claim('all of them were acknowledged by the store at the end', requests.unacknowledged === 0)
    claim('every switch was made, and every store caught up', steps.length === 6 && report.ok)
    claim(`the ${made} requests of the gateway's own session were counted`, count() === made && made > 0)
    await pool.saveSessionMetadata('docs')
    const { desired, effective } = pool.persistence()
    claim(
      'the pool uses the same store as before',
      restored === 'yes' && desired.layer === 'config' && effective.stores.join() === 'file',
    )
    claim('the sessions of the drill are gone', fixture.sessions().join() === 'work-docs')
    claim('the records of these sessions are gone', fixture.records(fixture.first).join() === 'work-docs')
    claim('the other store keeps the records that it was given', fixture.records(fixture.second).includes('work-docs'))
  } finally {
    await pool.stop()
  }
  return broken

  function count(): number | undefined {
    return pool.getSession('docs')?.totalRequests
  }
}
