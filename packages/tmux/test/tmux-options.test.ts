import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tmuxHost } from '../src/index.ts'
import { eventually, privateServer, stamps } from './support/private-server.ts'

test('tmuxOptions are set for each new session and its window, and for no other', async () => {
  const server = privateServer()
  await server.tmux('new-session', '-d', '-s', 'theirs')
  const host = server.host({
    tmuxOptions: { mouse: true, status: 'off', 'pane-border-status': 'top', '@label': "it's #1; yes" },
  })
  await host.create('a', stamps)
  const optionOf = (session: string, option: string) => server.tmux('show-options', '-Av', '-t', `=${session}:`, option)
  expect(await Promise.all(['mouse', 'status', '@label'].map((name) => optionOf('a', name)))).toEqual([
    'on',
    'off',
    "it's #1; yes",
  ])
  expect(await server.tmux('show-options', '-wv', '-t', '=a:', 'pane-border-status')).toBe('top')
  expect(await Promise.all(['mouse', 'status'].map((name) => optionOf('theirs', name)))).toEqual(['off', 'on'])
})

test('history-limit counts for the first pane, and panes of others keep the default', async () => {
  const server = privateServer()
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 } })
  const names = Array.from({ length: 12 }, (_, at) => `s${at + 10}`)
  await Promise.all(names.map((name) => host.create(name, stamps)))
  await server.tmux('new-session', '-d', '-s', 'theirs')
  const limits = await server.tmux('list-panes', '-a', '-F', '#{session_name} #{history_limit}')
  expect(limits.split('\n').sort()).toEqual([...names.map((name) => `${name} 12345`), 'theirs 2000'])
  expect(await server.tmux('show-options', '-gv', 'history-limit')).toBe('2000')
})

test('history-limit counts although tmux, which is just being started, does not answer at first', async () => {
  const server = privateServer()
  const asked = join(server.directory, 'asked')
  const body = `case "$*" in *show-options*history-limit*) [ -e ${asked} ] || { touch ${asked}; exit 1; } ;; esac\nexec "$@"`
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 }, prefix: [server.script('late', body)] })
  await host.create('a', stamps)
  expect(existsSync(asked)).toBe(true)
  expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{history_limit}')).toBe('12345')
})

test('history-limit leaves the global option as it was, also when the session is refused', async () => {
  const server = privateServer()
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 } })
  await host.create('a', stamps)
  await expect(host.create('a', stamps)).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
  expect(await server.tmux('show-options', '-gv', 'history-limit')).toBe('2000')
})

test("no other client sees the global history-limit changed, which it would take for the user's own", async () => {
  const server = privateServer()
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 } })
  await host.create('a', stamps)
  // `run-shell -C` lets the server go on with other clients, so that this one looks between any two waits of a create().
  const script = join(server.directory, 'look')
  writeFileSync(script, "show-options -gv history-limit\nrun-shell -C 'start-server'\n".repeat(500))
  const seen = new Set<string>()
  let isOver = false
  const looking = (async () => {
    while (!isOver) for (const line of (await server.tmux('source-file', script)).split('\n')) seen.add(line)
  })()
  for (let at = 0; at < 20; at += 1) await host.create(`b${at}`, stamps)
  isOver = true
  await looking
  expect([...seen]).toEqual(['2000'])
})

test('the global history-limit is set back although a hook of the user waits, also when several sessions are created', async () => {
  const server = privateServer()
  await server.tmux('new-session', '-d', '-s', 'theirs')
  await server.tmux('set-hook', '-g', 'after-new-session', 'wait-for go-on')
  const host = server.host({ timeoutMs: 60_000, tmuxOptions: { 'history-limit': 12_345 } })
  const globalLimit = () => server.tmux('show-options', '-gv', 'history-limit')
  const has = (name: string) => eventually(async () => (await server.tmux('list-sessions')).includes(`${name}: `))
  const first = host.create('first', stamps)
  await has('first')
  expect(await globalLimit()).toBe('2000')
  const second = host.create('second', stamps)
  await has('second')
  expect(await globalLimit()).toBe('2000')
  await server.tmux('set-option', '-g', 'history-limit', '9000')
  await server.tmux('wait-for', '-S', 'go-on')
  await Promise.all([first, second])
  expect(await globalLimit()).toBe('9000')
  expect(await server.tmux('show-options', '-s')).not.toContain('@sessionkeep-history')
  const limits = await server.tmux('list-panes', '-a', '-F', '#{session_name} #{history_limit}')
  expect(limits.split('\n').sort().slice(0, 2)).toEqual(['first 12345', 'second 12345'])
})

test('a global history-limit that the user sets while a session is being created stays', async () => {
  const server = privateServer()
  const once = join(server.directory, 'once')
  const body = `case "$*" in *source-file*) [ -e ${once} ] || { touch ${once}; tmux -S ${server.socketPath} set-option -g history-limit 9000; } ;; esac\nexec "$@"`
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 }, prefix: [server.script('set', body)] })
  await server.tmux('new-session', '-d', '-s', 'theirs')
  await host.create('a', stamps)
  expect(await server.tmux('show-options', '-gv', 'history-limit')).toBe('9000')
  expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{history_limit}')).toBe('12345')
})

test.each([
  ['answers no more', 'exec sleep 600'],
  ['gives an answer that is cut off', 'exit 0'],
])('a session is created although tmux %s when the global history-limit of the user is set back', async (_, answer) => {
  const server = privateServer()
  const once = join(server.directory, 'once')
  const change = `touch ${once}; tmux -S ${server.socketPath} set-option -g history-limit 9000`
  const body = `case "$*" in *source-file*) [ -e ${once} ] || { ${change}; } ;; *show-options*history-limit*) [ ! -e ${once} ] || ${answer} ;; esac\nexec "$@"`
  const prefix = [server.script('cut-off', body)]
  const host = server.host({ timeoutMs: 8000, tmuxOptions: { 'history-limit': 12_345 }, prefix })
  await server.tmux('new-session', '-d', '-s', 'theirs')
  expect(await host.create('a', stamps)).toMatchObject({ sessionName: 'a', pool: stamps.pool })
  expect((await host.list()).map(({ sessionName, pool }) => [sessionName, pool])).toContainEqual(['a', stamps.pool])
})

test('a smaller history-limit cuts no history of a pane of the user', async () => {
  const server = privateServer()
  await server.tmux('new-session', '-d', '-s', 'theirs', 'seq 1 1500; exec cat')
  const kept = () => server.tmux('display-message', '-p', '-t', '=theirs:', '#{history_size}')
  await eventually(async () => Number(await kept()) > 1000)
  const before = await kept()
  await server.host({ tmuxOptions: { 'history-limit': 50 } }).create('a', stamps)
  expect(await kept()).toBe(before)
  expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{history_limit}')).toBe('50')
})

test('history-limit starts no second server while the known one lives', async () => {
  const server = privateServer()
  const host = server.host({ tmuxOptions: { 'history-limit': 12_345 } })
  await host.create('a', stamps)
  const pid = await server.pid()
  rmSync(server.socketPath)
  await expect(host.create('b', stamps)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  expect(existsSync(server.socketPath)).toBe(false)
  process.kill(pid, 'SIGUSR1')
  await eventually(() => existsSync(server.socketPath))
})

test('an option that tmux does not know refuses the session, and leaves none behind', async () => {
  const host = privateServer().host({ tmuxOptions: { 'no-such-option': 1 } })
  await expect(host.create('a', stamps)).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  expect(await host.list()).toEqual([])
})

test.each([
  ['remain-on-exit', true],
  ['@sessionkeep_stamp', 'x'],
  ['a; kill-server', 1],
  ['mouse', 'a\0b'],
])('the option %j is refused when the host is made', (name, value) => {
  expect(() => tmuxHost({ tmuxOptions: { [name]: value } })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})
