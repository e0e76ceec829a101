// A store chosen by its name keeps two pools of one process apart in one document, over a restart.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'

const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-packed-lowdb-'))
const file = join(directory, 'sessions.json')
const host = memoryHost()
const metadata = { store: 'lowdb', stores: { lowdb: { file } } }
const newPools = () =>
  ['one', 'two'].map((poolId) => createSessionPool({ host, poolId, sessionPrefix: `${poolId}-`, metadata }))

try {
  for (const requests of [3, 6]) {
    const pools = newPools()
    for (const pool of pools) {
      await pool.start()
      await pool.getOrCreateSession('demo')
      for (let request = 0; request < 3; request += 1) await pool.withRequest('demo', async () => {})
      assert.equal((await pool.saveSessionMetadata('demo')).durability, 'power')
      assert.equal(pool.getSession('demo')?.totalRequests, requests)
    }
    for (const pool of pools) await pool.stop()
  }
  const { pools } = JSON.parse(readFileSync(file, 'utf8'))
  assert.deepEqual(Object.keys(pools), ['one', 'two'])
  assert.equal(pools.one['one-demo'].totalRequests, 6)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
