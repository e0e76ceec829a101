import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inheritedPatterns } from '../src/environment.ts'
import { launchVariables, launchWords } from '../src/launch-words.ts'
import { eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

/** Returns the environment of a command in a session. */
async function seenBy(server: PrivateServer, name: string, options: object): Promise<Record<string, string>> {
  const out = join(server.directory, `env-${name}`)
  const command = ['sh', '-c', 'env -0 > "$0.new"; mv "$0.new" "$0"; exec sleep 600', out]
  await server.host().create(name, { ...stamps, command, ...options })
  await eventually(() => existsSync(out))
  return Object.fromEntries(
    readFileSync(out, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** Sets variables of this process until the test has finished. */
function withVariables(variables: Record<string, string>): void {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, before)
  })
}

describe('the environment of a session', () => {
  test('has the given PATH and SHELL, and finds a program on that PATH', async () => {
    const server = privateServer()
    const bin = join(server.directory, 'bin')
    mkdirSync(bin)
    spawnSync('cp', [server.script('my-agent', 'exec sleep 600'), join(bin, 'my-agent')])
    const env = { PATH: `${bin}:/usr/bin:/bin`, SHELL: '/bin/sh', FOO: 'a "b" $c\n\td' }
    expect(await seenBy(server, 'a', { env })).toMatchObject(env)
    const made = await server.host().create('b', { ...stamps, env, command: ['my-agent'] })
    await eventually(async () =>
      (await server.tmux('list-panes', '-t', '=b:', '-F', '#{pane_current_command}')).includes('sleep'),
    )
    expect((await server.host().list()).find(({ incarnation }) => incarnation === made.incarnation)?.exited).toBe(false)
  })

  test('has the given TERM, COLORTERM, TERM_PROGRAM, TMUX and TMUX_PANE, which tmux would set otherwise', async () => {
    const server = privateServer()
    const env = {
      ...{ TERM: 'dumb', COLORTERM: 'no', TERM_PROGRAM: 'x', TERM_PROGRAM_VERSION: '1', TMUX: '' },
      TMUX_PANE: 'a "b" $c\n\'d\'\\\nexport HOME=e\n',
    }
    expect(await seenBy(server, 'a', { env })).toMatchObject(env)
    const usual = await seenBy(server, 'b', { env: { TMUX_PANE: undefined } })
    expect(usual).toMatchObject({ TERM: expect.stringMatching(/^(tmux|screen)/), TMUX: expect.any(String) })
    expect(usual).not.toHaveProperty('TMUX_PANE')
    expect(Object.keys(usual).filter((name) => name.startsWith('SESSIONKEEP_'))).toEqual([])
  })

  for (const shell of ['dash', 'bash', 'bash --posix']) {
    const [program = '', ...flags] = shell.split(' ')
    const isThere = spawnSync(program, ['-c', ':']).status === 0
    test.skipIf(!isThere)(`arrives whole where sh is ${shell}, whatever the lines of a value say`, () => {
      const text = 'a "b" $c `d`\n\'e\'\\\nexport FOO=1\nBASH_VERSINFO=(5)\nUID\nIFS\n'
      const env = { TERM: text, TMUX: '', GIVEN: text, PATH: '/usr/bin:/bin' }
      const inherited = inheritedPatterns('minimal', false)
      const variables = launchVariables(env, { cwd: undefined, unwanted: [], inherited })
      const [, ...words] = launchWords(['env', '-0'], 'mark')
      const before = { PATH: '/usr/bin:/bin', SECRET: 'x', TERM: 'tmux', ...Object.fromEntries(variables) }
      const seen = spawnSync(program, [...flags, ...words], {
        env: before,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }).stdout.split('\0')
      for (const [name, value] of Object.entries(env)) expect(seen).toContain(`${name}=${value}`)
      expect(seen.filter((line) => /^(SECRET|SESSIONKEEP)/.test(line))).toEqual([])
    })
  }

  test('lacks a variable that was set to undefined', async () => {
    withVariables({ LC_TIME: 'C' })
    const seen = await seenBy(privateServer(), 'a', { env: { LC_TIME: undefined, GIVEN: '1' } })
    expect(seen.LC_TIME).toBeUndefined()
    expect(seen.GIVEN).toBe('1')
  })

  test('lacks the variables of the gateway, whoever started the server', async () => {
    withVariables({ SESSIONKEEP_URI: 'redis://:s3cret@h', NODE_OPTIONS: '--no-warnings', DATABASE_PASSWORD: 's3cret' })
    for (const startedBefore of [false, true]) {
      const server = privateServer()
      if (startedBefore) await server.tmux('new-session', '-d', '-s', 'before')
      const seen = await seenBy(server, 'a', {})
      expect(Object.keys(seen).filter((name) => /^(SESSIONKEEP_|NODE_OPTIONS|DATABASE_)/.test(name))).toEqual([])
      expect(seen.HOME).toBe(process.env.HOME)
      expect(await server.tmux('show-environment', '-g')).not.toMatch(/s3cret/)
    }
  })

  test('lacks what a server that was started with more has, and that server is cleaned', async () => {
    const server = privateServer()
    const started = {
      ...process.env,
      BOT_TOKEN: 's3cret',
      SESSIONKEEP_KEYV_URI: 's3cret',
      NEEDED: 'yes',
      MULTI: 'a\nB=c',
    }
    spawnSync('tmux', ['-f', '/dev/null', '-S', server.socketPath, 'new-session', '-d', '-s', 'before'], {
      env: started,
    })
    // As after a restart of the gateway, the server is known before a session is created.
    const host = server.host({ env: ['NEEDED'] })
    expect(await host.list()).toHaveLength(1)
    const out = join(server.directory, 'out')
    const command = ['sh', '-c', 'env > "$0.new"; mv "$0.new" "$0"; exec sleep 600', out]
    await host.create('a', { ...stamps, command })
    await eventually(() => existsSync(out))
    expect(readFileSync(out, 'utf8')).toContain('NEEDED=yes')
    for (const seen of [readFileSync(out, 'utf8'), await server.tmux('show-environment', '-g')])
      expect(seen).not.toMatch(/s3cret|MULTI/)
  })

  test.each(['minimal', ['WANTED']] as const)(
    'has nothing that somebody adds to the server between two sessions (%o)',
    async (environment) => {
      const server = privateServer()
      const host = server.host({ env: environment })
      await host.create('first', { ...stamps, command: ['sleep', '600'] })
      await server.tmux('set-environment', '-g', 'BOT_TOKEN', "s3cret\nexport PATH='x'")
      await server.tmux('set-environment', '-g', 'WANTED', 'yes')
      await server.tmux('set-environment', '-g', 'LC_TIME', 'C')
      const out = join(server.directory, 'out')
      const command = ['sh', '-c', 'env > "$0.new"; mv "$0.new" "$0"; exec sleep 600', out]
      await host.create('a', { ...stamps, command, env: { GIVEN: 'a b', NAME: "it's" } })
      await eventually(() => existsSync(out))
      const seen = readFileSync(out, 'utf8').split('\n')
      expect(seen.filter((line) => /s3cret|BOT_TOKEN|SESSIONKEEP/.test(line))).toEqual([])
      expect(seen).toEqual(expect.arrayContaining(['GIVEN=a b', "NAME=it's", 'LC_TIME=C', `PATH=${process.env.PATH}`]))
      expect(seen.includes('WANTED=yes')).toBe(environment !== 'minimal')
    },
  )

  test('is asked of a server of its own for the first session, and again when another server has the socket', async () => {
    const server = privateServer()
    const log = join(server.directory, 'log')
    const real = spawnSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).stdout.trim()
    mkdirSync(join(server.directory, 'bin'))
    spawnSync('cp', [
      server.script('tmux', `echo "$*" >> '${log}'; exec '${real}' "$@"`),
      join(server.directory, 'bin'),
    ])
    withVariables({ PATH: `${join(server.directory, 'bin')}:${process.env.PATH}` })
    await server.tmux('new-session', '-d', '-s', 'before')
    const host = server.host()
    const questions = () => readFileSync(log, 'utf8').split('show-environment -g').length - 1
    for (const name of ['a', 'b', 'c']) await host.create(name, { ...stamps, command: ['sleep', '600'] })
    expect(questions()).toBe(1)
    await server.tmux('kill-server')
    await eventually(async () => spawnSync('tmux', ['-S', server.socketPath, 'ls']).status !== 0)
    spawnSync('tmux', ['-f', '/dev/null', '-S', server.socketPath, 'new-session', '-d', '-s', 'before'], {
      env: { ...process.env, BOT_TOKEN: 's3cret' },
    })
    const out = join(server.directory, 'out')
    const command = ['sh', '-c', 'env > "$0.new"; mv "$0.new" "$0"; exec sleep 600', out]
    await host.create('d', { ...stamps, command })
    await eventually(() => existsSync(out))
    for (const seen of [readFileSync(out, 'utf8'), await server.tmux('show-environment', '-g')])
      expect(seen).not.toContain('s3cret')
    expect(questions()).toBeGreaterThan(1)
  })

  test('lacks the variables of the person whose default server it is, and that server keeps them', async () => {
    const server = privateServer()
    const directory = join(server.directory, `tmux-${process.getuid?.()}`)
    mkdirSync(directory, { mode: 0o700 })
    const started = { ...process.env, BOT_TOKEN: 's3cret' }
    const socket = join(directory, 'default')
    spawnSync('tmux', ['-f', '/dev/null', '-S', socket, 'new-session', '-d', '-s', 'mine'], { env: started })
    onTestFinished(() => {
      spawnSync('tmux', ['-S', socket, 'kill-server'])
    })
    withVariables({ TMUX_TMPDIR: server.directory })
    const out = join(server.directory, 'out')
    const command = ['sh', '-c', 'env > "$0.new"; mv "$0.new" "$0"; exec sleep 600', out]
    await tmuxHost().create('a', { ...stamps, command })
    await eventually(() => existsSync(out))
    expect(readFileSync(out, 'utf8')).not.toContain('s3cret')
    expect(spawnSync('tmux', ['-S', socket, 'show-environment', '-g'], { encoding: 'utf8' }).stdout).toContain('s3cret')
  })

  test('has the variables that the host was configured to pass on', async () => {
    withVariables({ TOOL_HOME: '/opt/tool', DATABASE_PASSWORD: 's3cret' })
    const server = privateServer()
    const out = join(server.directory, 'out')
    const command = ['sh', '-c', 'echo "$TOOL_HOME[$DATABASE_PASSWORD]" > "$0"; exec sleep 600', out]
    await server.host({ env: ['TOOL_HOME'] }).create('a', { ...stamps, command })
    await eventually(() => existsSync(out) && readFileSync(out, 'utf8') !== '')
    expect(readFileSync(out, 'utf8')).toBe('/opt/tool[]\n')
  })

  test('appears in no argument list of any process while sessions are created', async () => {
    const server = privateServer()
    const host = server.host()
    const found: string[] = []
    let done = false
    const scan = async (): Promise<void> => {
      while (!done) {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          try {
            const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
            if (words.includes('sk-live-s3cr3t') && Number(pid) !== process.pid) found.push(words)
          } catch (error) {
            // The process has ended meanwhile.
            expect(['ENOENT', 'ESRCH']).toContain((error as NodeJS.ErrnoException).code)
          }
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const scanning = scan()
    for (let at = 0; at < 20; at += 1) {
      await host.create(`s${at}`, { ...stamps, env: { API_KEY: 'sk-live-s3cr3t' }, command: ['sleep', '600'] })
    }
    done = true
    await scanning
    expect(found).toEqual([])
  })
})

describe('the directory and the shell of a session', () => {
  test('is not the directory of the server, which stays in /, so that it can be removed', async () => {
    const server = privateServer()
    const cwd = join(server.directory, 'work')
    mkdirSync(cwd)
    await server.host().create('a', { ...stamps, cwd, command: ['sleep', '600'] })
    expect(readlinkSync(`/proc/${await server.pid()}/cwd`)).toBe('/')
    await eventually(
      async () => (await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_current_path}')) === cwd,
    )
  })

  test('runs a command line with sh, whatever the login shell is', async () => {
    withVariables({ SHELL: '/usr/sbin/nologin' })
    const server = privateServer()
    const host = server.host({ submitDelayMs: 0 })
    const out = join(server.directory, 'out')
    const line = await host.create('line', { ...stamps, command: 'sh' })
    const none = await host.create('none', stamps)
    await host.sendText(line, `echo line >> ${out}`, { submit: true })
    await host.sendText(none, `echo none >> ${out}`, { submit: true })
    await eventually(() => existsSync(out) && readFileSync(out, 'utf8').split('\n').length === 3)
  })

  test('does not need the directory of the gateway, which may be gone', async () => {
    const server = privateServer()
    const gone = join(server.directory, 'release-1')
    mkdirSync(gone)
    const host = server.host()
    await host.create('one', stamps)
    const before = process.cwd()
    process.chdir(gone)
    rmSync(gone, { recursive: true })
    try {
      await host.create('two', { ...stamps, cwd: server.directory })
      expect(await host.list()).toHaveLength(2)
    } finally {
      process.chdir(before)
    }
  })
})
