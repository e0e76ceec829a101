// A gateway that Bun compiles to one executable has the stores whose plug-ins it imports. Node cannot compile one.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const GATEWAY = `
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import file from '@sessionkeep/store-file'
import lowdb from '@sessionkeep/store-lowdb'
import { tmuxHost } from '@sessionkeep/tmux'

tmuxHost({ socketName: 'compiled' }) // a part of the executable that this program does not use
const pool = createSessionPool({ host: memoryHost(), metadata: { plugins: [file, lowdb] } })
await pool.start()
await pool.getOrCreateSession('docs')
console.log(JSON.stringify((await pool.saveSessionMetadata('docs')).stores))
await pool.stop()
`

if (process.versions.bun) {
  const directory = mkdtempSync(join(process.cwd(), 'compiled-'))
  try {
    writeFileSync(join(directory, 'gateway.mjs'), GATEWAY)
    const options = { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' }
    execFileSync(process.execPath, ['build', '--compile', 'gateway.mjs', '--outfile', 'gateway'], options)
    for (const store of ['file', 'lowdb']) {
      const env = { HOME: directory, PATH: process.env.PATH, SESSIONKEEP_STORE: store }
      const answer = execFileSync(join(directory, 'gateway'), { ...options, cwd: '/', env })
      assert.deepEqual(JSON.parse(answer), [store])
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
