import { join } from 'node:path'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { makeFixture } from '../../core/test/support/fixture.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { loadConfig } from '../src/file/load-config.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const CONFIG = 'sessionkeep.config.json'
const refusalOf = async (config: object, environment: Record<string, string> = {}): Promise<string> => {
  const cwd = makeFixture({ [CONFIG]: config, taken: 'a file' })
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value.replace('<cwd>', cwd))
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig({ cwd }) })
  const error = (await pool.start().catch((thrown: unknown) => thrown)) as Error & { code: string }
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  return error.message.replaceAll(join(cwd, CONFIG), '<file>').replaceAll(cwd, '<cwd>')
}

test.each<[string, object, Record<string, string>, string]>([
  ['a store twice in a file', { store: 'lowdb', mirror: ['lowdb'] }, {}, 'selected twice; .* \\(from <file>\\)'],
  [
    'a mirror twice in a variable',
    {},
    { SESSIONKEEP_MIRROR: 'lowdb,lowdb' },
    'selected twice; .* \\(from the environment variable SESSIONKEEP_MIRROR\\)',
  ],
  ['options of no store', { stores: { fil: {} } }, {}, 'Did you mean "file"\\? \\(from <file>\\)'],
  [
    'wrong options of a store by default',
    { stores: { file: { dir: 'x' } } },
    {},
    '\\(with stores.file from <file>\\)$',
  ],
  [
    'wrong options of a store that a variable chose',
    { stores: { file: { dir: 'x' } } },
    { SESSIONKEEP_STORE: 'file', SESSIONKEEP_DIRECTORY: '<cwd>/d' },
    '\\(from the environment variable SESSIONKEEP_STORE, with stores.file from <file> and SESSIONKEEP_DIRECTORY in the environment\\)$',
  ],
  [
    'a directory that cannot be used',
    { stores: { file: { directory: './taken' } } },
    {},
    'cannot be used as configured: .*taken.* \\(with stores.file from <file>\\)$',
  ],
  [
    'a directory of the environment that cannot be used',
    {},
    { SESSIONKEEP_STORE: 'file', SESSIONKEEP_DIRECTORY: '<cwd>/taken' },
    '\\(from the environment variable SESSIONKEEP_STORE, with SESSIONKEEP_DIRECTORY in the environment\\)$',
  ],
  [
    'wrong options of a mirror that a variable chose',
    { store: 'memory', mirror: [], stores: { file: { dir: 'x' } } },
    { SESSIONKEEP_STORE: 'lowdb', SESSIONKEEP_FILE: '<cwd>/ok.json', SESSIONKEEP_MIRROR: 'file' },
    '\\(from the environment variable SESSIONKEEP_MIRROR, with stores.file from <file>\\)$',
  ],
])('the error says where to correct the selection: %s', async (_, config, environment, words) => {
  expect(await refusalOf(config, environment)).toMatch(new RegExp(words, 's'))
})
