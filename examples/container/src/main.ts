import { loadConfig } from '@sessionkeep/core'
import { createPool } from './pool.ts'

const pool = createPool(process.env, await loadConfig())
await pool.start()
// What is written here survives the gateway: the session in its own container, and its record on the volume.
await pool.getOrCreateSession('docs')
await pool.withRequest('docs', () => pool.sendText('docs', 'date', { submit: true }))
console.log(JSON.stringify(pool.getSession('docs')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void pool.stop())
