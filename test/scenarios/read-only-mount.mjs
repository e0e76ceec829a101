// Restarts a pool while the directory of its records is mounted read-only, and prints what it has before, then and later.
import { execSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'

const directory = process.argv[2]
const host = { ...memoryHost(), place: undefined }
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const started = async () => {
  const pool = createSessionPool({ host, logger, metadata: { store: fileStore({ directory }), maxRetryMs: 100 } })
  await pool.start()
  return pool
}
const say = (pool) => {
  const { totalRequests, verified, saved } = pool.getSession('docs')
  const { reason } = pool.persistence().effective
  console.log(JSON.stringify({ totalRequests, verified, saved, reason }))
}

const first = await started()
await first.getOrCreateSession('docs')
for (let request = 0; request < 3; request += 1) await first.withRequest('docs', () => undefined)
await first.saveSessionMetadata('docs')
say(first)
await first.stop()
// The directory is mounted over itself, because a mount with files that are open for writing cannot be remounted.
execSync(`mount --bind ${directory} ${directory} && mount -o remount,bind,ro ${directory}`)
const second = await started()
say(second)
await second.withRequest('docs', () => undefined)
execSync(`umount -l ${directory}`)
while (!second.getSession('docs').saved) await setTimeout(10)
say(second)
await second.stop()
