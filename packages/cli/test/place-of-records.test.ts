import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@sessionkeep/core'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { answer, directoryWith, record, sessionkeep } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'

afterEach(() => vi.unstubAllEnvs())

/** An empty home directory, with these variables in the environment of this process. */
function homeWith(variables: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), 'sk-home-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  vi.stubEnv('XDG_STATE_HOME', undefined)
  for (const [name, value] of Object.entries({ HOME: home, ...variables })) vi.stubEnv(name, value)
  return home
}

/** The place that `doctor` states for the primary; undefined if it states none. */
async function statedPlace(directory: string): Promise<string | undefined> {
  const { out } = await sessionkeep(directory, ['doctor'], { env: process.env })
  return /The primary can be read(?: in (.*))?; it has 1 living/.exec(out)?.[1]
}

describe('the place of the records that doctor states', () => {
  it.each<[string, Record<string, string>]>([
    ['the default', {}],
    ['the sub-directory of a pool', { SESSIONKEEP_POOL_ID: 'My pool' }],
    ['the default document of lowdb', { SESSIONKEEP_STORE: 'lowdb' }],
    [
      'the default document of lowdb in a named directory',
      { SESSIONKEEP_STORE: 'lowdb', SESSIONKEEP_DIRECTORY: '~/x' },
    ],
    ['a document in the home directory', { SESSIONKEEP_STORE: 'lowdb', SESSIONKEEP_FILE: ' ~/db.json' }],
    ['the default if XDG_STATE_HOME is relative', { XDG_STATE_HOME: 'state' }],
    ['the default if the variable has only blanks', { SESSIONKEEP_DIRECTORY: '  ' }],
    [
      'the default of lowdb if the variable has only blanks',
      { SESSIONKEEP_STORE: 'lowdb', SESSIONKEEP_DIRECTORY: ' ' },
    ],
    ['a directory of the home directory', { SESSIONKEEP_DIRECTORY: '~/x ' }],
  ])('is where the store has them: %s', async (_, variables) => {
    homeWith(variables)
    const directory = directoryWith([], { stores: {} })
    const poolId = variables.SESSIONKEEP_POOL_ID
    const store = await openStore('auto', { cwd: directory, poolId, logger: silent })
    await store.setMany(new Map([['claude-docs', record('docs')]]), { signal: AbortSignal.timeout(20_000) })
    await store.close()
    const place = (await statedPlace(directory)) ?? 'none was stated'
    expect(place).not.toContain('~')
    const file = existsSync(place) && statSync(place).isDirectory() ? join(place, 'claude-docs.json') : place
    expect(readFileSync(file, 'utf8')).toContain('"docs"')
  })

  const own = `{
    name: 'file', capabilities: { durability: 'power', retains: true, shared: false },
    getMany: async () => new Map([['claude-docs', ${JSON.stringify(record('docs'))}]]),
    setMany: async () => {}, deleteMany: async () => {}, async *list() { yield 'claude-docs' },
  }`
  const options = `{ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }`

  it.each([
    ['a store object as the primary', `{ store: ${own} }`],
    ['a store object as a mirror', `{ store: 'lowdb', mirror: [${own}] }`],
    [
      'a plug-in of the same name',
      `{ store: 'file', plugins: [{ name: 'file', apiVersion: 1, options: ${options}, create: () => (${own}) }] }`,
    ],
  ])('is none for what is no store of ours, whatever its name: %s', async (_, config) => {
    homeWith({})
    const directory = directoryWith([])
    rmSync(join(directory, 'sessionkeep.config.json'))
    writeFileSync(join(directory, 'sessionkeep.config.mjs'), `export default ${config}`, { mode: 0o600 })
    const { out } = await sessionkeep(directory, ['doctor'], { env: process.env })
    expect(out).toMatch(/^ok {2}store file: The \w+ can be read; it has 1 living/m)
  })
})

it('file:~ is the home directory, as the store reads it', async () => {
  const home = homeWith({})
  writeFileSync(join(home, 'claude-docs.json'), JSON.stringify(record('docs')), { mode: 0o600 })
  const { code, out } = await sessionkeep(directoryWith([]), ['ls', '--store', 'file:~'], { env: process.env })
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('claude-docs') })
})

it('the socket of a gateway is found beside the records of its pool, whose id is no name of a directory', async () => {
  const { directory } = await startGateway({ poolId: 'My pool' })
  expect((await answer(directory, ['ls'])).answer).toMatchObject({
    source: 'gateway',
    sessions: [{ workspace: 'docs' }],
  })
})

const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
