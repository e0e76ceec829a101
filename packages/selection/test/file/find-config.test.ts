import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@sessionkeep/contracts/internal'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeFixture, pluginSource } from '../../../core/test/support/fixture.ts'
import { recordingLogger } from '../../../core/test/support/log.ts'
import { makePool } from '../../../core/test/support/pools.ts'
import { loadConfig } from '../../src/file/load-config.ts'
import { openStore } from '../../src/open-store.ts'

const NOBODY = 65534
const CONFIG = 'sessionkeep.config.json'
const UNUSED = 'A configuration file was found, but is not used'
const isRoot = process.getuid?.() === 0
const isMissing = (path: string) => !existsSync(path)

/** A directory like /tmp, and in it the directory of a gateway. */
function sharedPlace() {
  const shared = makeFixture({ 'gateway/app/x': '' })
  chmodSync(shared, 0o1777)
  return { shared, cwd: join(shared, 'gateway/app') }
}

/** Writes a file as another user would. */
function writeAs(uid: number, path: string, content: string): void {
  writeFileSync(path, content)
  chownSync(path, uid, uid)
}

/** The source of a module that leaves a trace when it runs. */
const tracing = (trace: string) =>
  pluginSource({ extra: `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(trace)}, '')` })

beforeEach(() => {
  // The tests are the program here, and its owner would be trusted.
  vi.spyOn(process, 'argv', 'get').mockReturnValue([process.execPath])
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe.skipIf(!isRoot)('what another user puts into a shared directory above (needs root)', () => {
  test.each([
    ['a module', 'sessionkeep.config.mjs'],
    ['a module of another ending', 'sessionkeep.config.js'],
    ['a file', CONFIG],
    ['a package.json', 'package.json'],
  ])('%s is not used, run or waited for, and is reported', async (_, name) => {
    const { shared, cwd } = sharedPlace()
    const trace = join(shared, 'trace')
    writeAs(NOBODY, join(shared, 'evil.mjs'), tracing(trace))
    const json = JSON.stringify(
      name === 'package.json' ? { sessionkeep: { store: './evil.mjs' } } : { store: './evil.mjs' },
    )
    writeAs(NOBODY, join(shared, name), name.endsWith('js') ? tracing(trace) : json)

    const metadata = await loadConfig({ cwd })
    expect(metadata).toMatchObject({ source: { file: undefined, loaded: {} } })
    const { pool, log } = makePool({
      clock: systemClock,
      host: memoryHost(),
      metadata: { ...metadata, store: 'memory' },
    })
    await pool.start()
    const reported = log.with(UNUSED).map(({ fields }) => fields)
    const why = expect.stringContaining(`${shared} can be written to by every user`)
    expect(reported).toEqual(name === 'package.json' ? [] : [{ file: join(shared, name), why }])
    expect(pool.explain().layers[3]?.detail ?? name).toContain(name)
    expect(isMissing(trace)).toBe(true)
  })

  test('two files do not keep the gateway from starting', async () => {
    const { shared, cwd } = sharedPlace()
    for (const name of [CONFIG, 'sessionkeep.config.mjs']) writeAs(NOBODY, join(shared, name), '')
    expect((await loadConfig({ cwd })).source.unused).toHaveLength(2)
  })

  test.each(['package.json', CONFIG, 'sessionkeep.config.mjs'])('a named pipe %s is not waited for', async (name) => {
    const { shared, cwd } = sharedPlace()
    execFileSync('mkfifo', [join(shared, name)])
    lchownSync(join(shared, name), NOBODY, NOBODY)
    expect((await loadConfig({ cwd })).source.file).toBeUndefined()
  })

  test('a named pipe package.json above a module of this user is not waited for', async () => {
    const { shared, cwd } = sharedPlace()
    execFileSync('mkfifo', [join(shared, 'package.json')])
    writeFileSync(join(cwd, 'sessionkeep.config.js'), 'module.exports = { store: "memory" }')
    const refused = { code: 'CONFIG_UNTRUSTED', message: expect.stringContaining(join(shared, 'package.json')) }
    await expect(loadConfig({ cwd })).rejects.toMatchObject(refused)
    await expect(openStore('./sessionkeep.config.js', { cwd, metadata: {} })).rejects.toMatchObject(refused)
  })

  test('the same holds in the working directory itself', async () => {
    const { shared } = sharedPlace()
    writeAs(NOBODY, join(shared, CONFIG), '{"store":"none"}')
    expect((await loadConfig({ cwd: shared })).source).toMatchObject({
      file: undefined,
      unused: [{ file: join(shared, CONFIG) }],
    })
  })

  test('openStore() does not use it either, and says so', async () => {
    const { shared, cwd } = sharedPlace()
    writeAs(NOBODY, join(shared, CONFIG), '{"store":"./evil.mjs"}')
    const { logger, with: lines } = recordingLogger()
    vi.stubEnv('SESSIONKEEP_DIRECTORY', join(cwd, 'records'))
    const store = await openStore('auto', { cwd, readOnly: true, logger })
    await store.close()
    expect(store.name).toBe('file')
    expect(lines(UNUSED)).toHaveLength(1)
  })

  test('a module that a store names is not run', async () => {
    const { shared, cwd } = sharedPlace()
    const trace = join(shared, 'trace')
    writeAs(NOBODY, join(shared, 'evil.mjs'), tracing(trace))
    await expect(openStore('../../evil.mjs', { cwd, metadata: {} })).rejects.toMatchObject({
      code: 'CONFIG_UNTRUSTED',
      message: expect.stringContaining(`${join(shared, 'evil.mjs')} is not used, because others could change it`),
    })
    // The same through a link of this user.
    symlinkSync(join(shared, 'evil.mjs'), join(cwd, 'link.mjs'))
    await expect(openStore('./link.mjs', { cwd, metadata: {} })).rejects.toMatchObject({ code: 'CONFIG_UNTRUSTED' })
    expect(isMissing(trace)).toBe(true)
  })

  test('a package in their node_modules is not run', async () => {
    const { shared, cwd } = sharedPlace()
    const trace = join(shared, 'trace')
    const place = join(shared, 'node_modules/evil-store')
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), '{"name":"evil-store","exports":"./index.mjs"}')
    writeFileSync(join(place, 'index.mjs'), tracing(trace))
    execFileSync('chown', ['-R', `${NOBODY}`, join(shared, 'node_modules')])
    await expect(
      openStore('evil-store', { cwd, metadata: { source: (await loadConfig({ cwd })).source } }),
    ).rejects.toMatchObject({
      code: 'CONFIG_UNTRUSTED',
    })
    expect(isMissing(trace)).toBe(true)
  })
})

describe('a file that was meant to be used, and that others could change, is an error', () => {
  test.each([
    ['the file', CONFIG],
    ['its directory', '.'],
  ])('when everybody may write %s', async (_, name) => {
    const cwd = makeFixture({ [CONFIG]: { store: 'none' } })
    chmodSync(join(cwd, name), 0o777)
    const path = join(cwd, name)
    await expect(loadConfig({ cwd })).rejects.toMatchObject({
      code: 'CONFIG_UNTRUSTED',
      message: expect.stringContaining(`${path} can be written to by every user; run: chmod go-w '${path}'`),
    })
    await expect(loadConfig({ cwd, file: CONFIG })).rejects.toMatchObject({ code: 'CONFIG_UNTRUSTED' })
  })

  test.skipIf(!isRoot)('when it belongs to another user, unless that user owns the program (needs root)', async () => {
    const cwd = makeFixture({ [CONFIG]: { store: 'none' }, 'main.mjs': '' })
    for (const name of [CONFIG, 'main.mjs']) chownSync(join(cwd, name), NOBODY, NOBODY)
    await expect(loadConfig({ cwd })).rejects.toMatchObject({ code: 'CONFIG_UNTRUSTED' })
    vi.spyOn(process, 'argv', 'get').mockReturnValue([process.execPath, join(cwd, 'main.mjs')])
    expect((await loadConfig({ cwd })).store).toBe('none')
  })

  test('when it becomes so while the pool runs; the last good value is kept', async () => {
    const cwd = makeFixture({ [CONFIG]: { store: 'memory' } })
    const { read } = (await loadConfig({ cwd })).source
    chmodSync(join(cwd, CONFIG), 0o666)
    await expect(read?.()).rejects.toMatchObject({ code: 'CONFIG_UNTRUSTED' })
  })
})

describe('the search does not go above', () => {
  test('the home directory', async () => {
    const directory = makeFixture({ [CONFIG]: { store: 'none' }, 'home/app/x': '' })
    const home = join(directory, 'home')
    vi.stubEnv('HOME', home)
    const why = `it is above the home directory ${home}`
    expect((await loadConfig({ cwd: join(home, 'app') })).source).toMatchObject({
      file: undefined,
      unused: [{ file: join(directory, CONFIG), why }],
    })
    writeFileSync(join(home, CONFIG), '{"store":"memory"}')
    expect((await loadConfig({ cwd: join(home, 'app') })).store).toBe('memory')
  })

  test.skipIf(!isRoot)('a mount point (needs root)', async () => {
    const directory = makeFixture({ [CONFIG]: { store: 'none' }, 'mount/x': '' })
    const mount = join(directory, 'mount')
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0755', 'tmpfs', mount])
    onTestFinished(() => {
      execFileSync('umount', [mount])
    })
    expect((await loadConfig({ cwd: mount })).source).toMatchObject({
      file: undefined,
      unused: [{ why: `it is above the mount point ${mount}` }],
    })
  })
})

describe('a configuration that is not a regular file of at most 1 MiB cannot be read', () => {
  test.each([CONFIG, 'sessionkeep.config.mjs'])('%s as a named pipe or a device', async (name) => {
    const cwd = makeFixture()
    execFileSync('mkfifo', [join(cwd, name)])
    const error = { code: 'CONFIG_UNREADABLE', message: expect.stringContaining('it is not a file') }
    await expect(loadConfig({ cwd })).rejects.toMatchObject(error)
    rmSync(join(cwd, name))
    symlinkSync('/dev/zero', join(cwd, name))
    await expect(loadConfig({ cwd })).rejects.toMatchObject(
      expect.objectContaining({ code: expect.stringMatching(/UNREADABLE|UNTRUSTED/) }),
    )
  })

  test('a package.json that is a named pipe, a device or too large is passed over', async () => {
    const cwd = makeFixture()
    const manifest = join(cwd, 'package.json')
    execFileSync('mkfifo', [manifest])
    expect((await loadConfig({ cwd })).source.file).toBeUndefined()
    rmSync(manifest)
    symlinkSync('/dev/zero', manifest)
    expect((await loadConfig({ cwd })).source.file).toBeUndefined()
    rmSync(manifest)
    writeFileSync(manifest, JSON.stringify({ sessionkeep: {}, more: 'x'.repeat(1024 * 1024) }))
    expect((await loadConfig({ cwd })).source.file).toBeUndefined()
  })

  test('a store at a named pipe is not waited for', async () => {
    const cwd = makeFixture()
    execFileSync('mkfifo', [join(cwd, 'store.mjs')])
    await expect(openStore('./store.mjs', { cwd, metadata: {} })).rejects.toMatchObject({
      message: expect.stringContaining('it is not a file'),
    })
  })
})

test('the log says which file is used', async () => {
  const cwd = makeFixture({ [CONFIG]: { store: 'memory' } })
  const { pool, log } = makePool({ clock: systemClock, host: memoryHost(), metadata: await loadConfig({ cwd }) })
  await pool.start()
  expect(log.with('The configuration was read from a file').map(({ fields }) => fields)).toEqual([
    { file: join(cwd, CONFIG) },
  ])
  expect(pool.explain().layers[3]?.source).toBe(join(cwd, CONFIG))
})
