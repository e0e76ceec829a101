import { resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { memoryHost, memoryStore } from '../../src/index.ts'
import { readEnvironment } from '../../src/selection/environment.ts'
import { makePool } from '../support/pools.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('store and mirrors are named by two variables, paths from the working directory', () => {
  const { value } = readEnvironment({ SESSIONKEEP_STORE: ' ./mine.mjs ', SESSIONKEEP_MIRROR: 'file, keyv,' }, '/srv')
  expect(value).toEqual({ store: resolve('/srv/mine.mjs'), mirror: ['file', 'keyv'] })
})

test.each([
  [{ SESSIONKEEP_STORE: '', SESSIONKEEP_MIRROR: ' ', SESSIONKEEP_DIRECTORY: '' }, undefined],
  [{ SESSIONKEEP_MIRROR: ',' }, undefined],
  [{ SESSIONKEEP_MIRROR: 'none' }, { mirror: [] }],
])('an empty variable is an unset one; none names no mirrors: %j', (variables, value) => {
  const environment = readEnvironment(variables, '/srv')
  expect(environment.value).toEqual(value)
  expect(environment.applyTo({ file: { directory: '/a' } })).toEqual({ file: { directory: '/a' } })
})

test('options of the environment win over those of the configuration, one by one', () => {
  const environment = readEnvironment(
    {
      SESSIONKEEP_DIRECTORY: 'd',
      SESSIONKEEP_FILE: '/f.json',
      SESSIONKEEP_KEYV_URI: 'redis://h',
      SESSIONKEEP_KEYV_TABLE: 't',
    },
    '/srv',
  )
  expect(
    environment.applyTo({
      file: { directory: '/a', durability: 'process' },
      keyv: { uri: 'etcd://x', namespace: 'n' },
    }),
  ).toEqual({
    file: { directory: '/srv/d', durability: 'process' },
    lowdb: { file: '/f.json' },
    keyv: { uri: 'redis://h', namespace: 'n', table: 't' },
  })
})

test('a client that the program gives is not replaced by a URI of the environment', () => {
  const keyv = { keyv: new Map() }
  expect(readEnvironment({ SESSIONKEEP_KEYV_URI: 'redis://h' }, '/').applyTo({ keyv })).toEqual({ keyv })
})

test('a variable that nobody reads is warned of where it is near to one that is', async () => {
  vi.stubEnv('SESSIONKEEP_STROE', 'none')
  vi.stubEnv('SESSIONKEEP_SOMETHING_ELSE', 'x')
  const { pool, log } = makePool({ host: memoryHost(), metadata: { store: 'memory' } })
  await pool.start()
  const lines = log.with('A variable of the environment is not known - is it misspelt?')
  expect(lines.map(({ fields }) => fields)).toEqual([{ variable: 'SESSIONKEEP_STROE', nearest: 'SESSIONKEEP_STORE' }])
  expect(pool.explain().layers[2]?.detail).toContain('SESSIONKEEP_STROE is not known')
})

test('a value that nobody knows rejects start() with the nearest name, and says that it is the environment’s', async () => {
  vi.stubEnv('SESSIONKEEP_STORE', 'memroy')
  const { pool } = makePool({ host: memoryHost() })
  await expect(pool.start()).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
  await expect(pool.start()).rejects.toThrow(
    /Did you mean "memory"\?.*\(from the environment variable SESSIONKEEP_STORE\)/,
  )
})

test('a mirror that cannot be had is told by its own variable', async () => {
  vi.stubEnv('SESSIONKEEP_MIRROR', './not-there.mjs')
  const { pool } = makePool({ host: memoryHost(), metadata: { store: memoryStore() } })
  await expect(pool.start()).rejects.toThrow(/there is no such file.*variable SESSIONKEEP_MIRROR/)
})
