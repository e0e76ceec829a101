// A second pool recovers the sessions that the first pool saved.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'

const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-packed-pool-'))
const host = memoryHost()
const newPool = () =>
  createSessionPool({ host, sessionPrefix: 'packed-', metadata: { store: fileStore({ directory }) } })

try {
  const first = newPool()
  await first.start()
  const { createdAt } = await first.getOrCreateSession('demo')
  for (let request = 0; request < 3; request += 1) await first.withRequest('demo', async () => {})
  await first.saveSessionMetadata('demo')
  assert.ok(existsSync(join(directory, 'packed-demo.json')))
  await first.stop()

  const second = newPool()
  await second.start()
  const recovered = second.getSession('demo')
  assert.equal(recovered?.totalRequests, 3)
  assert.equal(recovered.createdAt, createdAt)
  await second.deleteSession('demo')
  assert.ok(!existsSync(join(directory, 'packed-demo.json')))
  await second.stop()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
