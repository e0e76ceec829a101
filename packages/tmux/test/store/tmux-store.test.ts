import { rmSync } from 'node:fs'
import type { Exec } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'
import { execaExec } from '../../src/execa-exec.ts'
import { list, openStore, read, signal, write } from '../support/open-store.ts'
import { eventually, privateServer, stamps } from '../support/private-server.ts'

const failedWith = (codes: Record<string, string>) => ({
  code: 'STORE_BATCH_FAILED',
  failed: new Map(Object.entries(codes).map(([name, code]) => [name, expect.objectContaining({ code })])),
})

/** Starts a server with sessions of these names, and a store on it. */
async function stored(...names: string[]) {
  const server = privateServer()
  for (const name of names) await server.tmux('new-session', '-d', '-x', '20', '-y', '5', '-s', name)
  return { server, store: await openStore({ socketPath: server.socketPath }) }
}

describe('a record', () => {
  test('ends with its session: a new session of that name has none', async () => {
    const { server, store } = await stored('a', 'b')
    await write(store, { a: { n: 1 } })
    await server.tmux('kill-session', '-t', '=a')
    expect(await read(store, 'a')).toEqual({})
    await server.tmux('new-session', '-d', '-s', 'a')
    expect(await read(store, 'a')).toEqual({})
    expect(await list(store)).toEqual([])
  })

  test('follows a rename, and is returned under the present name', async () => {
    const { server, store } = await stored('a')
    await write(store, { a: { sessionName: 'a', n: 1, kept: { sessionName: 'a' } } })
    await server.tmux('rename-session', '-t', '=a', 'b')
    expect(await read(store, 'a', 'b')).toEqual({ b: { sessionName: 'b', n: 1, kept: { sessionName: 'a' } } })
    expect(await list(store)).toEqual(['b'])
  })

  test('is never written to another session that has the same name now', async () => {
    const { server, store } = await stored('a', 'b')
    const [a, b] = (await server.host().list()).map(({ incarnation }) => incarnation)
    await write(store, { a: { incarnation: a }, b: { incarnation: b } })
    await server.tmux('rename-session', '-t', '=a', 'c')
    await server.tmux('rename-session', '-t', '=b', 'a')
    await expect(
      write(store, { a: { incarnation: a, late: true }, c: { incarnation: a, n: 2 } }),
    ).rejects.toMatchObject(failedWith({ a: 'STORE_NO_SESSION' }))
    expect(await read(store, 'a', 'c')).toEqual({ a: { incarnation: b }, c: { incarnation: a, n: 2 } })
  })

  test('that names another session of the server is not read, since programs in a session can write its options', async () => {
    const { server, store } = await stored('a', 'b')
    const [a, b] = (await server.host().list()).map(({ incarnation }) => incarnation)
    await write(store, { a: { incarnation: a } })
    const forged = Buffer.from(JSON.stringify(['a', { incarnation: b }])).toString('base64')
    const own = await server.tmux('show-options', '-v', '-t', '=a:', '@sessionkeep_record')
    await server.tmux('set-option', '-t', '=a:', '@sessionkeep_record', own.replace(/[^:]*$/, forged))
    await expect(read(store, 'a')).rejects.toMatchObject(failedWith({ a: 'STORE_RECORD_UNREADABLE' }))
  })

  test('is read neither from a global option nor from an option copied from another session', async () => {
    const { server, store } = await stored('a', 'b')
    await write(store, { a: { n: 1 } })
    const value = await server.tmux('show-options', '-v', '-t', '=a:', '@sessionkeep_record')
    await server.tmux('set-option', '-g', '@sessionkeep_record', value)
    expect(await list(store)).toEqual(['a'])
    await server.tmux('set-option', '-t', '=b:', '@sessionkeep_record', value)
    expect(await read(store, 'a', 'b')).toEqual({ a: { n: 1 } })
    await write(store, { b: { n: 2 } })
    expect(await read(store, 'a', 'b')).toEqual({ a: { n: 1 }, b: { n: 2 } })
  })

  test('that is too large or not JSON fails alone, and the stored one stays', async () => {
    const { server } = await stored('a', 'b', 'c')
    const store = await openStore({ socketPath: server.socketPath, maxBytes: 100 })
    await write(store, { a: { n: 1 } })
    await expect(write(store, { a: { long: 'é'.repeat(50) }, b: { n: 2 }, c: () => 1 })).rejects.toMatchObject(
      failedWith({ a: 'STORE_RECORD_INVALID', c: 'STORE_RECORD_INVALID' }),
    )
    expect(await read(store, 'a', 'b', 'c')).toEqual({ a: { n: 1 }, b: { n: 2 } })
  })

  test('of 900 kB is stored when maxBytes allows it', async () => {
    const { server } = await stored('a')
    const store = await openStore({ socketPath: server.socketPath, maxBytes: 1024 * 1024 })
    const record = { long: `${'x'.repeat(900_000)};'"\0` }
    await write(store, { a: record })
    expect(await read(store, 'a')).toEqual({ a: record })
  })

  test.each([
    ['that is torn', '1:INCARNATION:x:eyJuIjo'],
    [
      'nested too deep',
      `1:INCARNATION:x:${Buffer.from(`["a",${'['.repeat(5000)}${']'.repeat(5000)}]`).toString('base64')}`,
    ],
  ])('%s is unreadable, and can be set aside without being lost', async (_, text) => {
    const { server, store } = await stored('a', 'b')
    const [{ incarnation = '' } = {}] = await server.host().list()
    const value = text.replace('INCARNATION', incarnation)
    await write(store, { b: { n: 1 } })
    await server.tmux('set-option', '-t', '=a:', '@sessionkeep_record', value)
    const unreadable = { ...failedWith({ a: 'STORE_RECORD_UNREADABLE' }), values: new Map([['b', { n: 1 }]]) }
    await expect(read(store, 'a', 'b')).rejects.toMatchObject(unreadable)
    await store.setAside?.(['a', 'b', 'gone'], { signal })
    expect(await list(store)).toEqual([])
    expect(await server.tmux('show-options', '-t', '=a:')).toMatch(/^@sessionkeep_aside_sk-\w+ /)
    expect(await server.tmux('show-options', '-t', '=a:')).toContain(value.slice(-40))
  })
})

describe('the server', () => {
  test('that does not run has no sessions and is not started', async () => {
    const server = privateServer()
    const store = await openStore({ socketPath: server.socketPath })
    expect(await read(store, 'a')).toEqual({})
    expect(await list(store)).toEqual([])
    await store.deleteMany(['a', 'a b'], { signal })
    await expect(write(store, { a: {}, ended: { expiresAt: 1 } })).rejects.toMatchObject(
      failedWith({ a: 'STORE_NO_SESSION' }),
    )
    await expect(server.tmux('list-sessions')).rejects.toThrow(/No such file|no server/)
  })

  test('that runs without its socket is unavailable, even if only the host has used it before', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', stamps)
    const store = await openStore({ host })
    await write(store, { a: { n: 1 } })
    const pid = await server.pid()
    rmSync(server.socketPath)
    await expect(openStore({ host })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const unknown = {
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(`kill -USR1 ${pid}`),
    }
    await expect(read(store, 'a')).rejects.toMatchObject(unknown)
    await expect(list(store)).rejects.toMatchObject(unknown)
    await expect(write(store, { a: { n: 2 } })).rejects.toMatchObject(unknown)
    await expect(store.deleteMany(['a'], { signal })).rejects.toMatchObject(unknown)
    process.kill(pid, 'SIGUSR1')
    await eventually(() =>
      read(store, 'a').then(
        ({ a }) => a !== undefined,
        () => false,
      ),
    )
    expect(await read(store, 'a')).toEqual({ a: { n: 1 } })
  })

  test('that hangs is given up with the signal, and does not execute that write when it goes on', async () => {
    const { server, store } = await stored('a')
    await write(store, { a: { n: 1 } })
    const pid = await server.pid()
    process.kill(pid, 'SIGSTOP')
    try {
      const late = { signal: AbortSignal.timeout(200) }
      await expect(store.setMany(new Map([['a', { n: 2 }]]), late)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect(await read(store, 'a')).toEqual({ a: { n: 1 } })
    await write(store, { a: { n: 3 } })
    expect(await read(store, 'a')).toEqual({ a: { n: 3 } })
  })

  test('that hangs is given up after timeoutMs', async () => {
    const { server } = await stored('a')
    const pid = await server.pid()
    // On a busy machine, tmux may need longer than that also while nothing hangs.
    let store: Awaited<ReturnType<typeof openStore>> | undefined
    await eventually(async () => {
      store = await openStore({ socketPath: server.socketPath, timeoutMs: 300 }).catch(() => undefined)
      return store !== undefined
    })
    process.kill(pid, 'SIGSTOP')
    await expect(
      read(store as NonNullable<typeof store>, 'a').finally(() => process.kill(pid, 'SIGCONT')),
    ).rejects.toMatchObject({
      code: 'STORE_TIMEOUT',
    })
  })
})

describe('a batch', () => {
  test('is one call of tmux, however many names and however large its records are', async () => {
    const server = privateServer()
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`)
    for (const name of names)
      await server.tmux('new-session', '-d', '-x', '20', '-y', '5', '-s', name, 'exec sleep 1000')
    const calls: string[] = []
    const exec: Exec = (argv, options) => {
      if (argv[0] === 'tmux') calls.push(argv.join(' '))
      return execaExec(100)(argv, options)
    }
    const store = await openStore({ socketPath: server.socketPath, exec })
    const records = Object.fromEntries(names.map((name) => [name, { name, pad: 'x'.repeat(10_000) }]))
    calls.length = 0
    await write(store, records)
    expect(calls).toHaveLength(1)
    expect(await read(store, ...names)).toEqual(records)
    expect(await list(store)).toEqual(names.toSorted())
    await store.deleteMany(names, { signal })
    expect(calls).toHaveLength(4)
    expect(Math.max(...calls.map((call) => call.length))).toBeLessThan(200)
    expect(await list(store)).toEqual([])
  })

  test('goes through a prefix that joins its words into one command line, as ssh does', async () => {
    const { server } = await stored('a', "it's")
    const prefix = [server.script('far', 'exec sh -c "$*"')]
    const store = await openStore({ socketPath: server.socketPath, prefix, shell: true })
    await write(store, { a: { n: '#{pid} $(id) \n' }, "it's": { n: 2 } })
    expect(await read(store, 'a', "it's")).toEqual({ a: { n: '#{pid} $(id) \n' }, "it's": { n: 2 } })
  })

  test('whose answer is incomplete is unavailable, not absent', async () => {
    const { server, store } = await stored('a')
    await write(store, { a: { n: 1 } })
    const cut = openStore({ socketPath: server.socketPath, prefix: [server.script('cut', '"$@" | head -n 1')] })
    await expect(cut).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test('finds no sessions when the place of the server is proven to be gone', async () => {
    const { server } = await stored('a')
    const store = await openStore({
      prefix: [server.script('docker', 'echo No such container >&2; exit 1')],
      gone: 'No such container',
    })
    expect(await read(store, 'a')).toEqual({})
    const other = openStore({ prefix: [server.script('docker2', 'echo No such container >&2; exit 1')] })
    await expect(other).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
