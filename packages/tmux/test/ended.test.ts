import type { HostSession } from '@sessionkeep/core/host'
import type { Exec, TmuxHost } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'
import { execaExec } from '../src/execa-exec.ts'
import { eventually, privateServer, stamps } from './support/private-server.ts'

/** Waits until the host lists the session as ended, and returns it. */
async function ended(host: TmuxHost, sessionName = 'a'): Promise<HostSession | undefined> {
  let found: HostSession | undefined
  await eventually(async () => {
    found = (await host.list()).find((session) => session.sessionName === sessionName)
    return found?.exited === true
  })
  return found
}

/** A command that goes on until its terminal gets a line, and then runs `last`. */
const onEnter = (last: string) => ['sh', '-c', `echo ready; read -r line; ${last}`]

/**
 * Waits until tmux has answered where the cursor is, and so has read all that was printed before. On a busy machine tmux can
 * notice the end of a command before its last output, which is lost then.
 */
const UNTIL_READ = `stty -icanon -echo; printf '\\033[6n'; dd bs=1 count=1 >/dev/null 2>&1`

/** Runs tmux without what came after 3.2: the formats for the signal and the time of an end, and the format of its message. */
const asTmux32: Exec = (argv, { input, ...rest }) => {
  const old = (text: string) =>
    text.replace('#{pane_dead_signal},#{pane_dead_time}', ',').replaceAll('remain-on-exit-format', '@no-such-option')
  return execaExec(1000)(argv.map(old), { ...rest, ...(input !== undefined && { input: old(String(input)) }) })
}

describe('a session whose command ended', () => {
  test.each([
    ['exit 0', { exitCode: 0 }],
    ['exit 1', { exitCode: 1 }],
    ['exec no-such-agent', { exitCode: 127 }],
    ['kill -KILL $$', { signal: 9 }],
    ['kill -SEGV $$', { signal: 11 }],
    ['kill -TERM $$', { signal: 15 }],
  ])('is listed with how it ended: %s', async (last, facts) => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: onEnter(last) })
    // What a program writes right before its end may not reach tmux, so it ends once that was seen.
    await eventually(async () => (await host.capture(made)).includes('ready'))
    await host.sendText(made, '\n')
    const { exited, end } = (await ended(host)) ?? {}
    expect({ exited, exitCode: end?.exitCode, signal: end?.signal }).toEqual({ exited: true, ...facts })
    expect(end?.screen).toContain('ready')
  })

  test('is listed with its signal also by tmux 3.2, which tells it on the screen alone', async () => {
    const host = privateServer().host({ exec: asTmux32 })
    const forged = 'Pane is dead (signal 11, Sat Nov 28 12:00:00 2026)'
    const command = onEnter(`echo '${forged}'; ${UNTIL_READ}; kill -KILL $$`)
    const made = await host.create('a', { ...stamps, cols: 60, rows: 10, command })
    await host.sendText(made, '\n')
    expect((await ended(host))?.end).toEqual({
      signal: 9,
      screen: expect.stringMatching(/^ready[\s\S]*12:00:00 2026\)$/),
    })
  })

  test('is listed with its last screen also when it ended while no gateway ran', async () => {
    const server = privateServer()
    const made = await server
      .host()
      .create('a', { ...stamps, command: onEnter(`echo out of memory; ${UNTIL_READ}; exit 3`) })
    await server.tmux('send-keys', '-t', '=a:', 'Enter')
    const later = server.host()
    expect((await ended(later))?.end).toMatchObject({ exitCode: 3, screen: expect.stringContaining('out of memory') })
    expect((await later.list())[0]?.incarnation).toBe(made.incarnation)
  })

  test('shows no values of its variables on its last screen, whichever gateway reads it', async () => {
    const server = privateServer()
    const env = { TOKEN: 's3cret "a\\b" $x', PATH: process.env.PATH ?? '', KEY: 'line-1\nline-2', UNTOUCHED: 'no' }
    const shown = `printf '%s\\n' "$TOKEN" "$KEY" "UNTOUCHED=$UNTOUCHED"`
    const made = await server
      .host()
      .create('a', { ...stamps, env, command: onEnter(`${shown}; ${UNTIL_READ}; exit 3`) })
    await server.tmux('send-keys', '-t', '=a:', 'Enter')
    const later = server.host()
    // tmux 3.2 does not say when.
    expect({ at: 0, ...(await ended(later))?.end }).toEqual({
      ...{ exitCode: 3, at: expect.any(Number) },
      screen: expect.stringMatching(/^ready\s+\*\*\*\n\*\*\*\nUNTOUCHED=no$/),
    })
    const again = { env: { TOKEN: 'an0ther' }, command: onEnter(`echo "$TOKEN"; ${UNTIL_READ}; exit 4`) }
    await later.respawn?.(made, again)
    await server.tmux('send-keys', '-t', '=a:', 'Enter')
    await eventually(async () => (await server.host().list())[0]?.end?.exitCode === 4)
    const [last] = await server.host().list()
    expect(last?.end?.screen).toContain('***')
    expect(last?.end?.screen).not.toContain('an0ther')
  })

  test('keeps at most the last 50 lines and 8 KiB of its screen, and no message of tmux', async () => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: onEnter(`seq 1000 1200; ${UNTIL_READ}; exit 4`) })
    await host.sendText(made, '\n')
    const lines = (await ended(host))?.end?.screen?.split('\n')
    expect(lines).toHaveLength(50)
    expect(lines?.at(-1)).toBe('1200')
  })

  test('is gone after bury(), and its name can be used again', async () => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: onEnter('exit 1') })
    await host.create('other', { ...stamps, command: 'cat' })
    await host.sendText(made, '\n')
    await ended(host)
    await host.bury?.(made)
    expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['other'])
    await host.bury?.(made)
    expect(await host.create('a', { ...stamps, command: 'cat' })).toMatchObject({ exited: false })
  })

  test('leaves the panes that a person added when it is buried', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: onEnter('exit 1') })
    await server.tmux('split-window', '-d', '-t', '=a:', 'cat')
    await host.sendText(made, '\n')
    await ended(host)
    await host.bury?.(made)
    expect(await server.tmux('list-panes', '-a', '-F', '#{pane_start_command}')).toBe('cat')
    // The session is still no session of ours that lives, and nothing of it is left to bury.
    expect((await host.list())[0]).toMatchObject({ exited: true })
    expect((await host.list())[0]?.end).toBeUndefined()
  })

  test('is not touched by bury() while its command runs', async () => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    await host.bury?.(made)
    expect(await host.list()).toMatchObject([{ sessionName: 'a', exited: false }])
  })

  test('is known as ended without a call of tmux', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: onEnter('exit 1') })
    expect(host.hasEnded?.(made)).toBe(false)
    await server.tmux('send-keys', '-t', '=a:', 'Enter')
    await eventually(() => host.hasEnded?.(made) === true)
  })

  test.each([
    ['a program that is not there', ['no-such-agent', '--resume'], 127],
    ['a command line that fails', 'echo usage; exit 2', 2],
    ['a program that ends at once', ['true'], 0],
  ])('is returned as ended by create(): %s', async (_, command, exitCode) => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command })
    expect(made).toMatchObject({ exited: true, end: { exitCode } })
  })

  test('does not stay when it is only a pane of a person in that session', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', { ...stamps, command: 'cat' })
    await server.tmux('split-window', '-d', '-t', '=a:', 'true')
    await eventually(async () => (await server.tmux('list-panes', '-t', '=a:')).split('\n').length === 1)
    expect(await host.list()).toMatchObject([{ sessionName: 'a', exited: false }])
  })

  test('of another person, without a stamp, is left as it is', async () => {
    const server = privateServer()
    const host = server.host()
    await server.tmux('new-session', '-d', '-s', 'theirs', 'cat')
    await server.tmux('set-option', '-w', '-t', '=theirs:', 'remain-on-exit', 'on')
    await server.tmux('respawn-pane', '-k', '-t', '=theirs:', 'true')
    expect((await ended(host, 'theirs'))?.end).toBeUndefined()
  })
})
