import { resolve } from 'node:path'
import { loadConfig } from '@sessionkeep/core'
import { KeptPool } from './after.ts'
import { tmuxAt } from './tmux.ts'

const pool = await KeptPool.start(tmuxAt(resolve('tmux.sock')), await loadConfig())
await pool.getOrCreateSession('docs')
pool.trackRequestStart('docs')
pool.trackRequestComplete('docs')
// Run it again: the count goes on.
console.log(JSON.stringify(pool.getSession('docs')))
await pool.stop()
