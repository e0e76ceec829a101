// A store of a third party, selected by its package name in a configuration file. Its records outlive the pool.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSessionPool, loadConfig } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'

const NAME = 'sessionkeep-store-unstorage'
const directory = mkdtempSync(join(process.cwd(), 'gateway-'))
const base = join(directory, 'sessions')
const host = memoryHost()

async function newPool(options) {
  const config = { store: NAME, stores: { [NAME]: options } }
  writeFileSync(join(directory, 'sessionkeep.config.json'), JSON.stringify(config))
  return createSessionPool({ host, sessionPrefix: 'packed-', metadata: await loadConfig({ cwd: directory }) })
}

try {
  const first = await newPool({ driver: 'fs', options: { base } })
  await first.start()
  const { effective } = first.persistence()
  assert.deepEqual([effective.stores, effective.reason], [[NAME], 'ok'])
  const { createdAt } = await first.getOrCreateSession('demo')
  for (let request = 0; request < 3; request += 1) await first.withRequest('demo', async () => {})
  const { durability, stores } = await first.saveSessionMetadata('demo')
  assert.deepEqual({ durability, stores }, { durability: 'none', stores: [NAME] })
  assert.ok(existsSync(join(base, 'ground', 'live', 'packed-demo')))
  await first.stop()

  const second = await newPool({ driver: 'fs', options: { base } })
  await second.start()
  const recovered = second.getSession('demo')
  assert.deepEqual([recovered?.totalRequests, recovered?.createdAt, recovered?.origin], [3, createdAt, 'stored'])
  await second.deleteSession('demo')
  assert.ok(!existsSync(join(base, 'ground', 'live', 'packed-demo')))
  await second.stop()

  const wrong = await newPool({ driver: 'redis' })
  await assert.rejects(wrong.start(), { code: 'CONFIG_INVALID', message: /what do its writes survive\?/ })
  await wrong.stop()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
