import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alive, eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

const shows = (text: string) => ['sh', '-c', `echo "${text}"; exec cat`]

test('respawn() runs another command in the same session, and ends the former one with its children first', async () => {
  const host = privateServer().host()
  const stubborn = ['sh', '-c', 'trap "" HUP TERM; sleep 601 & echo "child $!"; while :; do sleep 1; done']
  const made = await host.create('a', { ...stamps, command: stubborn, cols: 91, rows: 23 })
  const childOf = async () => Number(/child (\d+)/.exec(await host.capture(made))?.[1])
  await eventually(async () => (await childOf()) > 0)
  const former = [made.pid ?? 0, await childOf()]
  const again = await host.respawn?.(made, { command: shows('again'), env: { ADDED: 'x' } })
  expect(former.map(alive)).toEqual([false, false])
  expect(again).toMatchObject({
    incarnation: made.incarnation,
    pool: stamps.pool,
    workspace: stamps.workspace,
    exited: false,
  })
  expect(again?.pid).not.toBe(made.pid)
  await eventually(async () => (await host.capture(made)).includes('again'))
  expect(host.hasEnded?.(made)).toBe(false)
  await host.sendText(made, 'typed', { submit: true })
  await eventually(async () => (await host.capture(made)).includes('typed'))
})

test('the new command has the given directory and variables, and no value of them is in an argument', async () => {
  const server = privateServer()
  const host = server.host()
  const made = await host.create('a', { ...stamps, command: shows('first') })
  const command = ['sh', '-c', 'echo "$PWD|$SECRET|$PATH|$TERM"; exec cat']
  const env = { SECRET: 's3cret', PATH: '/usr/bin:/bin', TERM: 'dumb' }
  await host.respawn?.(made, { command, cwd: server.directory, env })
  await eventually(async () => (await host.capture(made)).includes(`${server.directory}|s3cret|/usr/bin:/bin|dumb`))
})

test('nothing that was set up for the former command alone is set up for the new one', async () => {
  const server = privateServer()
  const host = server.host()
  const cwd = join(server.directory, 'a#b')
  mkdirSync(cwd)
  const env = { TERM: 'dumb', PATH: '/former:/usr/bin:/bin', GIVEN: undefined }
  const made = await host.create('a', { ...stamps, command: shows('first'), cwd, env })
  const command = ['sh', '-c', 'echo "$PWD|$GIVEN|$TERM|$PATH|"; exec cat']
  await host.respawn?.(made, { command, cwd: server.directory, env: { GIVEN: 'given' } })
  await eventually(async () => (await host.capture(made)).includes('|'))
  const shown = await host.capture(made)
  expect(shown).toContain(`${server.directory}|given|`)
  expect(shown).not.toMatch(/\|dumb\||\/former/)
})

test('a new command that ends at once is returned as exited, with its exit code', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: shows('first') })
  const again = await host.respawn?.(made, { command: ['sh', '-c', 'exit 7'] })
  expect(again).toMatchObject({ exited: true, end: { exitCode: 7 } })
})

test('respawn() of a session that is gone rejects with SESSION_GONE, and of a missing directory with HOST_REFUSED', async () => {
  const host = privateServer().host()
  await host.create('keep', stamps)
  const made = await host.create('a', { ...stamps, command: shows('first') })
  await expect(host.respawn?.(made, { cwd: '/not/here' })).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  await host.kill(made)
  await expect(host.respawn?.(made, {})).rejects.toMatchObject({ code: 'SESSION_GONE' })
})

test('a session whose respawn was refused for its arguments goes on', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: shows('first') })
  await expect(host.respawn?.(made, { command: [] })).rejects.toBeInstanceOf(TypeError)
  await expect(host.respawn?.(made, { env: { 'not a name': 'x' } })).rejects.toBeInstanceOf(TypeError)
  expect(alive(made.pid ?? 0)).toBe(true)
})

test('respawn() cuts no text in two: the former command gets the text with its Enter, and the new one the next text', async () => {
  const server = privateServer()
  const host = server.host()
  const file = (name: string) => join(server.directory, name)
  const lines = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '')
  const reads = (name: string) => ['sh', '-c', 'stty -echo; echo ready; exec cat >> "$0"', file(name)]
  const made = await host.create('a', { ...stamps, command: reads('former') })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  const typing = host.sendText(made, 'for the former', { submit: true, delayMs: 1000 })
  const again = host.respawn?.(made, { command: reads('new') })
  const next = host.sendText(made, 'for the new', { submit: true })
  expect(await Promise.all([typing, next])).toEqual([
    { submitted: true, foundUnsubmitted: false },
    { submitted: true, foundUnsubmitted: false },
  ])
  expect(await again).toMatchObject({ exited: false })
  await eventually(() => lines('new') !== '')
  expect([lines('former'), lines('new')]).toEqual(['for the former\n', 'for the new\n'])
})

describe('respawn() behind a call that types for long', () => {
  const typed = async (timeoutMs: number) => {
    const host = privateServer().host({ timeoutMs })
    const made = await host.create('a', { ...stamps, command: ['cat'] })
    return { host, made, typing: host.sendText(made, 'a text', { submit: true, delayMs: timeoutMs * 1.5 }) }
  }
  /** Waits until the turn of the respawn is over. */
  const afterwards = async ({ host, made, typing }: Awaited<ReturnType<typeof typed>>) => {
    expect(await typing).toMatchObject({ submitted: true })
    await host.sendText(made, 'the next text')
    expect(alive(made.pid ?? 0)).toBe(true)
  }

  test('it is given up when its time-out is over, says why, and does nothing when its turn comes', async () => {
    const one = await typed(3000)
    await expect(one.host.respawn?.(one.made, { command: shows('new') })).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringMatching(/another call .* respawn it again when that call has ended/),
    })
    await afterwards(one)
  })

  test('it is given up when its signal is aborted, and does nothing when its turn comes', async () => {
    const one = await typed(3000)
    const [giveUp, reason] = [new AbortController(), new Error('the pool was stopped')]
    const respawning = one.host.respawn?.(one.made, { command: shows('new'), signal: giveUp.signal })
    giveUp.abort(reason)
    await expect(respawning).rejects.toBe(reason)
    await afterwards(one)
  })

  test('its arguments are checked at once', async () => {
    const one = await typed(3000)
    const refused = one.host.respawn?.(one.made, { command: [] }).catch(() => 'respawn()')
    expect(await Promise.race([refused, one.typing])).toBe('respawn()')
    await afterwards(one)
  })
})

describe('respawn() beside a session of a person that shares its window', () => {
  const SECRET = 's3cret-of-the-workspace'
  const share = {
    'a linked window': (server: PrivateServer) => server.tmux('link-window', '-d', '-s', '=a:', '-t', '=person:'),
    'a view': (server: PrivateServer) => server.tmux('new-session', '-d', '-t', '=a', '-s', 'view'),
    'a window that was moved': (server: PrivateServer) =>
      server.tmux('move-window', '-d', '-s', '=a:', '-t', '=person:'),
    'a pane that was moved': async (server: PrivateServer) => {
      await server.tmux('new-window', '-d', '-t', '=a:')
      await server.tmux(
        'move-pane',
        '-d',
        '-s',
        await server.tmux('list-panes', '-t', '=a:', '-F', '#{pane_id}'),
        '-t',
        '=person:',
      )
    },
  }

  const ofPerson = async (server: PrivateServer) => {
    const names = await server.tmux('list-sessions', '-F', '#{session_name}')
    return names.split('\n').filter((name) => name !== 'a')
  }

  test.each(Object.entries(share))('%s: the values of env are in no session but its own', async (_, shared) => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: shows('first') })
    await server.tmux('new-session', '-d', '-s', 'person', 'sleep 600')
    await shared(server)
    const command = ['sh', '-c', 'echo "token $TOKEN"; exec cat']
    const again = await host.respawn?.(made, { command, env: { TOKEN: SECRET } })
    expect(again).toMatchObject({ incarnation: made.incarnation, exited: false })
    await eventually(async () => (await host.capture(made)).includes(`token ${SECRET}`))
    for (const name of await ofPerson(server))
      expect(await server.tmux('show-environment', '-t', `=${name}`)).not.toMatch(/TOKEN|LAUNCH/)
  })

  test.each(['a linked window', 'a view', 'a pane that was moved'] as const)(
    '%s: another gateway finds no value of env on the last screen',
    async (name) => {
      const server = privateServer()
      const host = server.host()
      const made = await host.create('a', { ...stamps, command: shows('first') })
      await server.tmux('new-session', '-d', '-s', 'person', 'sleep 600')
      await share[name](server)
      const command = ['sh', '-c', 'echo "token $TOKEN"; exit 3']
      await host.respawn?.(made, { command, env: { TOKEN: SECRET } })
      const next = server.host()
      const end = async () => (await next.list()).find(({ incarnation }) => incarnation === made.incarnation)?.end
      await eventually(async () => (await end())?.screen !== undefined)
      expect(await end()).toMatchObject({ exitCode: 3, screen: expect.stringContaining('token ') })
      expect((await end())?.screen).not.toContain(SECRET)
    },
  )

  test.each(['a linked window', 'a view'] as const)(
    '%s: the command has the variables of its own session',
    async (name) => {
      const server = privateServer()
      const host = server.host({ env: 'inherit' })
      const made = await host.create('a', { ...stamps, command: shows('first'), env: { WHO: 'ours' } })
      await server.tmux('new-session', '-d', '-s', 'person', 'sleep 600')
      await share[name](server)
      for (const other of await ofPerson(server))
        await server.tmux('set-environment', '-t', `=${other}`, 'WHO', 'theirs')
      await host.respawn?.(made, { command: shows('I am $WHO,') })
      await eventually(async () => (await host.capture(made)).includes('I am'))
      expect(await host.capture(made)).toContain('I am ours,')
    },
  )
})
