import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, loadConfig, type MetadataOptions, openStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { recordingLogger } from '../../packages/core/test/support/log.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const call = { signal: new AbortController().signal }

/** Makes a directory with a configuration, and the directory below it in which the gateway runs. */
function gateway(config: object) {
  const root = mkdtempSync(join(tmpdir(), 'sks-select-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const cwd = join(root, 'app')
  mkdirSync(cwd)
  writeFileSync(join(root, 'sessionkeep.config.json'), JSON.stringify(config))
  return { root, cwd }
}

function poolWith(metadata: MetadataOptions) {
  const log = recordingLogger()
  const pool = createSessionPool({ host: memoryHost(), logger: log.logger, metadata })
  onTestFinished(async () => void (await pool.stop()))
  return { pool, log }
}

test('a file store configured by name keeps its records beside the configuration, and a tool can read them meanwhile', async () => {
  const { root, cwd } = gateway({ store: 'file', stores: { file: { directory: 'sessions' } } })
  const { pool } = poolWith(await loadConfig({ cwd }))
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.saveSessionMetadata('docs')
  expect(readdirSync(join(root, 'sessions'))).toContain('claude-docs.json')

  const logger = recordingLogger().logger
  await expect(openStore('auto', { cwd, logger })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  const store = await openStore('auto', { cwd, logger, readOnly: true })
  expect([...(await store.getMany(['claude-docs'], call)).keys()]).toEqual(['claude-docs'])
  await expect(store.deleteMany(['claude-docs'], call)).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
  await store.close()
})

test('SESSIONKEEP_DIRECTORY wins over the directory of the configuration', async () => {
  const { root, cwd } = gateway({ stores: { file: { directory: 'sessions' } } })
  vi.stubEnv('SESSIONKEEP_DIRECTORY', join(root, 'elsewhere'))
  const { pool } = poolWith(await loadConfig({ cwd }))
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.saveSessionMetadata('docs')
  expect(readdirSync(join(root, 'elsewhere'))).toContain('claude-docs.json')
  expect(existsSync(join(root, 'sessions'))).toBe(false)
  expect(pool.explain().layers[2]?.options).toEqual([
    { variable: 'SESSIONKEEP_DIRECTORY', option: 'stores.file.directory' },
  ])
})

test('SESSIONKEEP_KEYV_URI and SESSIONKEEP_KEYV_NAMESPACE are options of keyv, and errors name the variable without secrets', async () => {
  const { cwd } = gateway({ store: 'keyv', stores: { keyv: { uri: 'redis://host', namespace: 'mine' } } })
  vi.stubEnv('SESSIONKEEP_KEYV_URI', 'redsi://u:hunter2@h')
  const { pool } = poolWith(await loadConfig({ cwd }))
  const error = (await pool.start().catch((reason: unknown) => reason)) as Error
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(error.message).toContain('stores.keyv')
  expect(error.message).toContain('with SESSIONKEEP_KEYV_URI in the environment')
  expect(JSON.stringify([error.message, error.stack, pool.explain()])).not.toContain('hunter2')
})

test('options of a store that is not installed do not prevent a rollback', async () => {
  const { cwd } = gateway({ store: '@acme/not-installed', mirror: ['keyv'] })
  const { pool: broken } = poolWith(await loadConfig({ cwd }))
  await expect(broken.start()).rejects.toMatchObject({ code: 'CONFIG_MISSING_PACKAGE' })
  vi.stubEnv('SESSIONKEEP_STORE', 'memory')
  const { pool } = poolWith(await loadConfig({ cwd }))
  await pool.start()
  expect(pool.persistence()).toMatchObject({ desired: { store: 'memory', mirror: [] }, effective: { reason: 'off' } })
})
