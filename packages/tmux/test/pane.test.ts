import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alive, eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

/** A program that appends each typed line to a file of its own. */
const reader = (server: PrivateServer, who: string): string[] => [
  'sh',
  '-c',
  'echo "SCREEN-OF-$1"; stty -echo; while IFS= read -r line; do echo "<$line>" >> "$0"; done',
  join(server.directory, who),
  who,
]
const read = (server: PrivateServer, who: string): string => {
  const file = join(server.directory, who)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function agentBesidePerson() {
  const server = privateServer()
  const host = server.host({ submitDelayMs: 0 })
  const made = await host.create('a', { ...stamps, command: reader(server, 'agent') })
  await eventually(async () => (await host.capture(made)).includes('SCREEN-OF-agent'))
  const pane = await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_id}')
  await server.tmux('split-window', '-t', '=a:', ...reader(server, 'person'))
  return { server, host, made, pane }
}

describe('a session is the pane that its command was started in', () => {
  test('text, Enter, keys and screen are of that pane while a user works in another one', async () => {
    const { server, host, made } = await agentBesidePerson()
    await host.sendText(made, 'for the agent', { submit: true })
    await host.sendKeys?.(made, ['x', 'Enter'])
    await eventually(() => read(server, 'agent') === '<for the agent>\n<x>\n')
    expect(read(server, 'person')).toBe('')
    expect(await host.capture(made)).toContain('SCREEN-OF-agent')
  })

  test.each([
    ['the window', '-w'],
    ['each pane', '-p'],
  ])('keys reach no other pane although a user has synchronized %s, which stays synchronized', async (_, scope) => {
    const { server, host, made } = await agentBesidePerson()
    for (const pane of ['=a:.0', '=a:.1']) await server.tmux('set-option', scope, '-t', pane, 'synchronize-panes', 'on')
    const options = () =>
      Promise.all(['-w', '-p'].map((each) => server.tmux('show-options', each, '-t', '=a:.0', 'synchronize-panes')))
    const before = await options()
    await host.sendKeys?.(made, ['{', '}', '"', ';', '$', 'x', 'Enter'])
    await host.sendText(made, 'for the agent', { submit: true, clearFirst: true })
    await eventually(() => read(server, 'agent') === '<{}";$x>\n<for the agent>\n')
    expect(read(server, 'person')).toBe('')
    await server.tmux('send-keys', '-t', '=a:.1', 'of the user', 'Enter')
    await eventually(() => read(server, 'agent').endsWith('<of the user>\n'))
    expect(await options()).toEqual(before)
    expect(read(server, 'person')).toBe('<of the user>\n')
  })

  test('Enter goes to the pane of its text although the focus moved in between', async () => {
    const { server, host, made, pane } = await agentBesidePerson()
    await server.tmux('select-pane', '-t', pane)
    const sending = host.sendText(made, 'hello', { submit: true, delayMs: 300 })
    await server.tmux('select-pane', '-t', '=a:.+')
    await sending
    await eventually(() => read(server, 'agent') === '<hello>\n')
    expect(read(server, 'person')).toBe('')
  })

  test('the session has ended when that pane is closed, and nothing is typed into other panes', async () => {
    const { server, host, made, pane } = await agentBesidePerson()
    await server.tmux('kill-pane', '-t', pane)
    expect(await host.list()).toMatchObject([{ sessionName: 'a', exited: true }])
    await expect(host.sendText(made, 'rm -rf build', { submit: true })).rejects.toMatchObject({ code: 'SESSION_GONE' })
    await expect(host.capture(made)).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(read(server, 'person')).toBe('')
  })

  test('another gateway finds a session after a user has moved its pane to a separate window', async () => {
    const { server, made, pane } = await agentBesidePerson()
    await server.tmux('break-pane', '-d', '-s', pane)
    const next = server.host({ submitDelayMs: 0 })
    expect(await next.list()).toMatchObject([{ sessionName: 'a', incarnation: made.incarnation, exited: false }])
    await next.sendText(made, 'still here', { submit: true })
    await eventually(() => read(server, 'agent') === '<still here>\n')
  })

  test('a session goes on when its only window was moved into the session of a user', async () => {
    const server = privateServer()
    const host = server.host({ submitDelayMs: 0 })
    await server.tmux('new-session', '-d', '-s', 'person')
    const made = await host.create('a', { ...stamps, command: reader(server, 'agent') })
    await server.tmux('move-window', '-s', '=a:', '-t', '=person:')
    const next = server.host({ submitDelayMs: 0 })
    const listed = (await next.list()).filter(({ pool }) => pool !== undefined)
    expect(listed).toMatchObject([{ ...stamps, sessionName: 'a', incarnation: made.incarnation, exited: false }])
    await next.sendText(made, 'over here', { submit: true })
    await eventually(() => read(server, 'agent') === '<over here>\n')
    await next.kill(made)
    expect((await next.list()).map(({ sessionName }) => sessionName)).toEqual(['person'])
  })

  test('a session whose window was moved is listed under a name of its own once another session has its name', async () => {
    const server = privateServer()
    const host = server.host()
    await server.tmux('new-session', '-d', '-s', 'person')
    const first = await host.create('b', stamps)
    await server.tmux('move-window', '-d', '-s', '=b:', '-t', '=person:')
    const second = await host.create('b', stamps)
    const names = async () => {
      const listed = await server.host().list()
      return [first, second].map((made) => listed.find((one) => one.incarnation === made.incarnation)?.sessionName)
    }
    const ids = [first, second].map(({ incarnation }) => incarnation?.split('$')[1])
    expect(await names()).toEqual([`b-moved-${ids[0]}`, 'b'])
    await server.tmux('rename-session', '-t', '=b', `b-moved-${ids[0]}`)
    expect(await names()).toEqual(['b', `b-moved-${ids[0]}`])
    await server.tmux('rename-session', '-t', `=b-moved-${ids[0]}`, 'b')
    await server.tmux('move-window', '-d', '-s', '=b:', '-t', '=person:')
    expect(await names()).toEqual([`b-moved-${ids[0]}`, 'b'])
    await server.tmux('new-session', '-d', '-s', 'b', ';', 'new-session', '-d', '-s', `b-moved-${ids[0]}`)
    expect(await names()).toEqual([`b-moved-${ids[0]}-2`, `b-moved-${ids[1]}`])
    await host.kill(first)
    expect((await host.list()).map(({ sessionName }) => sessionName).toSorted()).toEqual(
      ['b', `b-moved-${ids[0]}`, `b-moved-${ids[1]}`, 'person'].toSorted(),
    )
  })

  test('two long names of sessions whose windows were moved stay apart, and are valid', async () => {
    const server = privateServer()
    const host = server.host()
    const name = 'b'.repeat(200)
    await server.tmux('new-session', '-d', '-s', 'person')
    const first = await host.create(name, stamps)
    await server.tmux('move-window', '-d', '-s', `=${name}:`, '-t', '=person:')
    const second = await host.create(name, stamps)
    const listed = await host.list()
    const [moved, present] = [first, second].map((made) => listed.find((one) => one.incarnation === made.incarnation))
    expect(present?.sessionName).toBe(name)
    expect(moved?.sessionName).toMatch(/^b+-moved-\d+$/)
    expect(moved?.sessionName.length).toBeLessThanOrEqual(200)
  })

  test('lists no end of a session that was taken in and has ended, also after its window was moved to another session', async () => {
    const server = privateServer()
    const host = server.host({ submitDelayMs: 0 })
    await server.tmux('new-session', '-d', '-s', 'person', ';', 'set-option', '-wg', 'remain-on-exit', 'on')
    await server.tmux('new-session', '-d', '-s', 'theirs', 'sh', '-c', 'read -r line; exit 3')
    const theirs = (await host.list()).find(({ sessionName }) => sessionName === 'theirs')
    if (!theirs) throw new Error('the session is not listed')
    await host.stamp?.(theirs, { pool: 'p', workspace: 'docs' })
    await server.tmux('move-window', '-s', '=theirs:', '-t', '=person:')
    const moved = async () => (await host.list()).find(({ pool }) => pool === 'p')
    await host.sendText(theirs, '', { submit: true })
    await eventually(async () => (await moved())?.exited === true)
    expect(await moved()).toMatchObject({ sessionName: 'theirs', takenIn: true, exited: true })
    expect((await moved())?.end).toBeUndefined()
  })

  test('a foreign session is its first pane from the first text on', async () => {
    const server = privateServer()
    const host = server.host({ submitDelayMs: 0 })
    await server.tmux('new-session', '-d', '-s', 'theirs', ...reader(server, 'agent'))
    await server.tmux('split-window', '-t', '=theirs:', ...reader(server, 'person'))
    const [theirs] = await server.host().list()
    if (!theirs) throw new Error('the session is not listed')
    await host.sendText(theirs, 'first', { submit: true })
    await eventually(() => read(server, 'agent') === '<first>\n')
    expect(read(server, 'person')).toBe('')
  })

  test('a hook of a user that fails or splits the window does not prevent a session', async () => {
    for (const hook of ['display-popup -w 80% true', 'split-window -h -b']) {
      const server = privateServer()
      await server.tmux('new-session', '-d', '-s', 'keep', ';', 'set-hook', '-g', 'after-new-session', hook)
      const host = server.host({ submitDelayMs: 0 })
      const made = await host.create('a', { ...stamps, command: reader(server, 'agent') })
      await host.sendText(made, 'ping', { submit: true })
      await eventually(() => read(server, 'agent') === '<ping>\n')
    }
  })

  test('a hook of a user whose target is missing is told, and not taken for the end of the session', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    await server.tmux('set-hook', '-g', 'after-capture-pane', 'select-window -t elsewhere:9')
    const expected = { code: 'HOST_REFUSED', message: expect.stringContaining('elsewhere') }
    await expect(host.capture(made)).rejects.toMatchObject(expected)
    await server.tmux('kill-session', '-t', '=a:', ';', 'new-session', '-d', '-s', 'other').catch(() => '')
    await expect(host.capture(made)).rejects.toMatchObject({ code: 'SESSION_GONE' })
  })

  test('a session can be created although a hook of a user renames each new one, and its size and its end are as usual', async () => {
    const server = privateServer()
    await server.tmux('new-session', '-d', '-s', 'keep', ';', 'set-hook', '-g', 'after-new-session', 'rename-session b')
    const host = server.host({ submitDelayMs: 0, tmuxOptions: { 'history-limit': 77 } })
    const command = ['sh', '-c', 'echo ready; read -r line; exit 3']
    const made = await host.create('a', { ...stamps, command, cols: 90, rows: 20 })
    const format = '#{window_width}x#{window_height} #{history_limit}'
    expect(await server.tmux('display-message', '-p', '-t', '=b:', format)).toBe('90x20 77')
    await host.sendText(made, 'ping', { submit: true })
    await eventually(async () => (await host.list()).some(({ end }) => end?.exitCode === 3))
    expect(await host.list()).toContainEqual(
      expect.objectContaining({ sessionName: 'b', incarnation: made.incarnation, workspace: 'work' }),
    )
  })
})

describe('views and groups', () => {
  test('a view is not listed as a session, and its client counts as attached', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('docs', stamps)
    await server.tmux('new-session', '-d', '-t', '=docs')
    expect(await host.list()).toMatchObject([{ sessionName: 'docs', attached: false }])
    await server.tmux(
      'new-session',
      '-d',
      '-s',
      'terminal',
      `env -u TMUX tmux -S ${server.socketPath} attach -t =docs-1`,
    )
    await eventually(async () =>
      (await host.list()).some(({ incarnation, attached }) => incarnation === made.incarnation && attached === true),
    )
  })

  test('kill() ends the command of a session whose window is still in a view', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('docs', { ...stamps, command: ['sleep', '600'] })
    const pid = Number(await server.tmux('display-message', '-p', '-t', '=docs:', '#{pane_pid}'))
    await server.tmux('new-session', '-d', '-t', '=docs')
    await server.tmux('new-session', '-d', '-s', 'keep')
    await host.kill(made)
    expect(alive(pid)).toBe(false)
  })
})

describe('the size of a session', () => {
  test('stays the same while a small client is attached to another session, and after it was attached to this one', async () => {
    const server = privateServer()
    const host = server.host()
    const size = (name: string) =>
      server.tmux('display-message', '-p', '-t', `=${name}:`, '#{window_width}x#{window_height}')
    const attach = (to: string) => `env -u TMUX tmux -S ${server.socketPath} attach -t =${to}`
    await host.create('a', { ...stamps, cols: 200, rows: 50 })
    await host.create('phone', { ...stamps, cols: 40, rows: 12, command: attach('a') })
    await eventually(async () => (await host.list()).some(({ attached }) => attached === true))
    await host.create('b', { ...stamps, cols: 200, rows: 50 })
    expect([await size('a'), await size('b')]).toEqual(['200x50', '200x50'])
    await server.tmux('kill-session', '-t', '=phone')
    expect(await size('a')).toBe('200x50')
  })

  test('is changed by resize()', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    await host.resize?.(made, { cols: 132, rows: 43 })
    expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{window_width}x#{window_height}')).toBe('132x43')
    await expect(host.resize?.(made, { cols: 0, rows: 43 })).rejects.toBeInstanceOf(TypeError)
  })
})
