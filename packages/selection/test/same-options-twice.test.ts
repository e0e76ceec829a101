import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { loadConfig } from '../src/file/load-config.ts'

const CONFIG = 'sessionkeep.config.json'
const TWICE = { stores: { file: { directory: 'a' }, '@sessionkeep/store-file': { directory: 'b' } } }

beforeEach(() => {
  vi.stubEnv('SESSIONKEEP_STORE', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

test('options that a file has twice for one store are refused with the name of the file', async () => {
  const cwd = makeFixture({ [CONFIG]: TWICE })
  await expect(loadConfig({ cwd })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`${join(cwd, CONFIG)} cannot be used: There are options under stores.file`),
    context: { file: join(cwd, CONFIG) },
  })
})

test('when the environment selects memory such a file is ignored, and it is read again once it is corrected', async () => {
  vi.stubEnv('SESSIONKEEP_STORE', 'memory')
  const cwd = makeFixture({ [CONFIG]: TWICE })
  const metadata = await loadConfig({ cwd })
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: { ...metadata, watchIntervalMs: 10 } })
  await pool.start()
  expect(pool.explain().layers[3]).toMatchObject({ layer: 'config', state: 'invalid' })
  writeFileSync(join(cwd, CONFIG), '{ "store": "file" }')
  await vi.waitFor(() => expect(pool.explain().layers[3]).toMatchObject({ state: 'set', store: 'file' }), 10_000)
})
