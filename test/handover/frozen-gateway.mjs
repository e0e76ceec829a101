// Runs gateways of several owners on one store. The parent says when each begins and ends. A gateway makes requests, sets an
// attribute, saves it, and reports to the parent what was acknowledged. Without the lease it sets no attribute: it makes
// requests and waits.
import { setTimeout as delay } from 'node:timers/promises'
import { createSessionPool } from '@sessionkeep/core'
import { keyvStore } from '@sessionkeep/store-keyv'
import { tmuxHost } from '@sessionkeep/tmux'

const { uri, leaseMs, socketPath, pauseMs } = JSON.parse(process.argv[2] ?? '{}')
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const ending = new Set()

async function serve(owner) {
  const store = keyvStore({ uri: uri.replace('{owner}', owner), namespace: 'freezes', leaseMs, timeoutMs: 3000 })
  const reporting = Object.create(store, {
    close: {
      value: () => {
        process.send({ owner, released: true })
        return store.close()
      },
    },
  })
  const pool = createSessionPool({
    // A call of tmux may take long on a busy machine.
    host: tmuxHost({ socketPath, timeoutMs: 60_000 }),
    poolId: owner,
    sessionPrefix: `${owner}-`,
    launch: () => ({ command: ['sleep', '3600'] }),
    livenessIntervalMs: 5000,
    logger,
    metadata: { store: reporting, flushIntervalMs: 50, lockRetryMs: Math.min(1000, leaseMs / 4), maxRetryMs: 500 },
  })
  let made = 0
  let held = false
  await pool.start()
  await pool.getOrCreateSession('docs')
  process.send({ owner, ready: true })
  while (!ending.has(owner)) {
    await pool.withRequest('docs', quiet)
    made += 1
    const isHeld = pool.persistence().effective.reason === 'ok'
    const before = pool.getSession('docs').attributes?.step ?? 0
    if (!isHeld) {
      const { lastError } = pool.persistence().stores[0] ?? {}
      process.send({ owner, waiting: `${lastError?.code} ${lastError?.message}` })
      held = false
    } else {
      // The value is the time: of two values of one attribute the later one wins, so it must never go back.
      const step = Date.now()
      pool.setAttributes('docs', { step })
      await pool.saveSessionMetadata('docs').then(
        () => {
          // Only an acknowledged save proves that the gateway has the lease. One that continues after a freeze only believes so.
          process.send({ owner, acknowledged: step, ...(held ? {} : { attached: before }) })
          held = true
        },
        ({ code }) => process.send({ owner, refused: code }),
      )
    }
    await delay(isHeld ? Math.random() * pauseMs : 200)
  }
  const { totalRequests } = pool.getSession('docs')
  const { unsaved } = await pool.stop({ timeoutMs: 30_000 })
  process.send({ owner, ended: made, totalRequests, unsaved: unsaved.length })
}

process.on('message', ({ begin, end }) => {
  if (end !== undefined) ending.add(end)
  if (begin !== undefined) {
    serve(begin).catch((error) => process.send({ owner: begin, fault: `${error.code} ${error.message}` }))
  }
})
process.on('disconnect', () => process.exit(0))
