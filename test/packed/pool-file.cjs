// The same in CommonJS: a second pool recovers the sessions that the first pool saved.
const assert = require('node:assert/strict')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { createSessionPool } = require('@sessionkeep/core')
const { memoryHost } = require('@sessionkeep/core/testing')
const { fileStore } = require('@sessionkeep/store-file')

async function main(directory) {
  const host = memoryHost()
  const newPool = () => createSessionPool({ host, metadata: { store: fileStore({ directory }) } })

  const first = newPool()
  await first.start()
  await first.getOrCreateSession('demo')
  await first.withRequest('demo', async () => {})
  await first.stop()

  const second = newPool()
  await second.start()
  assert.equal(second.getSession('demo')?.totalRequests, 1)
  await second.stop()
}

const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-packed-cjs-'))
main(directory).finally(() => rmSync(directory, { recursive: true, force: true }))
