import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, test, vi } from 'vitest'
import { byHand, fixture } from './fixture.ts'

describe('a directory that', () => {
  test('is a file makes start() reject with CONFIG_INVALID, and is untouched', async () => {
    const { pool, directory } = fixture()
    rmSync(directory, { recursive: true })
    writeFileSync(directory, 'mine')
    await expect(pool().start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(directory),
    })
    expect(readFileSync(directory, 'utf8')).toBe('mine')
  })

  test('is world-writable makes start() reject with advice to use chmod', async () => {
    const { pool, directory } = fixture()
    chmodSync(directory, 0o777)
    await expect(pool().start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('chmod'),
    })
  })

  test('is missing is created with access for its owner only', async () => {
    const { pool, directory, read } = fixture()
    rmSync(directory, { recursive: true })
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a')
    expect(read('claude-a')).toBeDefined()
    expect(lstatSync(directory).mode & 0o777).toBe(0o700)
  })

  test('vanishes while the pool runs is not created again, and gets every record when it is back', async () => {
    const { pool, directory, read } = fixture()
    const one = pool({ metadata: { maxRetryMs: 100 } })
    await one.start()
    await one.getOrCreateSession('a')
    renameSync(directory, `${directory}-away`)
    one.trackRequestStart('a')
    await vi.waitFor(() =>
      expect(one.persistence().effective).toMatchObject({ stores: ['memory'], reason: 'degraded' }),
    )
    await one.getOrCreateSession('b')
    expect(existsSync(directory)).toBe(false)
    renameSync(`${directory}-away`, directory)
    await vi.waitFor(() => expect(one.persistence().effective.reason).toBe('ok'))
    await vi.waitFor(() => expect(read('claude-b')).toBeDefined())
    await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 1 }))
  })
})

describe('a host that', () => {
  test('is not installed makes calls reject with HOST_UNAVAILABLE', async () => {
    const { pool } = fixture()
    const one = pool({ host: tmuxHost({ socketName: 'sessionkeep-never', prefix: ['env', 'PATH=/nonexistent'] }) })
    await one.start()
    await expect(one.getOrCreateSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    expect(one.getStats().host.state).toBe('unavailable')
  })

  test('may not use its socket is reported as HOST_UNAVAILABLE, and no session is adopted or orphaned', async () => {
    const { pool, server, read, write } = fixture()
    await server.tmux('new-session', '-d', '-s', 'claude-a')
    write('claude-a', byHand('claude-a'))
    const unprivileged = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    if (process.getuid?.() === 0) chmodSync(server.directory, 0o755)
    const one = pool({
      host: server.host(process.getuid?.() === 0 ? { prefix: unprivileged } : { socketPath: '/proc/1/root/s' }),
    })
    await one.start()
    expect((await one.discoverExistingSessions()).host).toMatchObject({
      state: 'unavailable',
      error: { code: 'HOST_UNAVAILABLE' },
    })
    expect(one.listSessions()).toEqual([])
    expect(read('claude-a')).toEqual(byHand('claude-a'))
  })
})

describe('the options', () => {
  test('with a misspelt store in the environment make start() reject and suggest the closest name', async () => {
    vi.stubEnv('SESSIONKEEP_STORE', 'fiel')
    const { pool } = fixture()
    await expect(pool().start()).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_STORE',
      message: expect.stringContaining('"file"'),
    })
    vi.unstubAllEnvs()
  })

  test('with memory in the environment are a rollback: the files stay, and nothing is written', async () => {
    const { pool, read } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a')
    one.trackRequestStart('a')
    await one.stop()
    const before = read('claude-a')
    vi.stubEnv('SESSIONKEEP_STORE', 'memory')
    const two = pool()
    vi.unstubAllEnvs()
    await two.start()
    expect(two.persistence()).toMatchObject({
      desired: { store: 'memory', layer: 'environment' },
      effective: { reason: 'off' },
    })
    two.trackRequestStart('a')
    expect(two.getSession('a')).toMatchObject({ totalRequests: 1, createdAt: before.createdAt, origin: 'stamp' })
    await two.stop()
    expect(read('claude-a')).toEqual(before)
    const three = pool()
    await three.start()
    expect(three.getSession('a')).toMatchObject({ totalRequests: 1, origin: 'stored' })
  })

  test('of the wrong type are refused when the pool is made', () => {
    const { pool } = fixture()
    for (const wrong of [
      { maxSessions: 0 },
      { maxSessions: 'many' },
      { host: undefined },
      { metadata: { flushIntervalMs: -1 } },
      { unknown: 1 },
    ]) {
      expect(() => pool(wrong as object)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    }
  })
})

test('the none store logs once, at start, what a restart costs and how to avoid that', async () => {
  const { pool } = fixture()
  const one = pool({ metadata: { store: 'none' } })
  await one.start()
  await one.start()
  const warnings = one.lines.filter(({ fields }) => fields.store === 'none' && fields.code === undefined)
  expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('SESSIONKEEP_STORE=file')])
})

describe('an invalid selection', () => {
  test('with options of an unknown store makes start() reject and suggest the closest name', async () => {
    const { pool, directory } = fixture()
    const one = pool({ metadata: { store: 'file', stores: { fiel: { directory } } } })
    await expect(one.start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('"file"'),
    })
  })

  test('with a store that is its own mirror makes start() reject', async () => {
    const { pool, directory } = fixture()
    const one = pool({ metadata: { store: 'file', mirror: ['file'], stores: { file: { directory } } } })
    await expect(one.start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('twice'),
    })
  })

  test.each(['a.b', '-x', ' ', 'a:b'])('with the prefix %j is refused when the pool is made', (sessionPrefix) => {
    const { pool } = fixture()
    expect(() => pool({ sessionPrefix })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('sessionPrefix') }),
    )
  })
})

test('without a free file descriptor tmux is unavailable, and the gateway still works afterwards', async () => {
  const { server, directory } = fixture()
  const program = `
    import { openSync, closeSync } from 'node:fs'
    import { createSessionPool } from '@sessionkeep/core'
    import { tmuxHost } from '@sessionkeep/tmux'
    const pool = createSessionPool({ host: tmuxHost({ socketPath: ${JSON.stringify(server.socketPath)} }), metadata: { store: 'memory' } })
    await pool.start()
    await pool.getOrCreateSession('a')
    const held = []
    try { for (;;) held.push(openSync('/dev/null')) } catch (error) { if (error.code !== 'EMFILE') throw error }
    const sent = await pool.sendText('a', 'x').catch((error) => error.code)
    for (const descriptor of held) closeSync(descriptor)
    await pool.sendText('a', 'y')
    console.log(sent)
    await pool.stop()`
  const file = join(directory, 'emfile.mjs')
  writeFileSync(file, program)
  const inside = new URL('../../', import.meta.url).pathname
  const script = `ulimit -n 512; cd ${inside} && exec ${process.execPath} --input-type=module < ${file}`
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim()).toBe('HOST_UNAVAILABLE')
})
