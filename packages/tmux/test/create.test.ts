import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Exec, type ExecOptions, tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'
import { execaExec } from '../src/execa-exec.ts'
import { eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

const withInput = (options: ExecOptions, change: (script: string) => string): ExecOptions =>
  typeof options.input === 'string' ? { ...options, input: change(options.input) } : options

describe('create()', () => {
  test('creates the session and returns what list() returns for it', async () => {
    const host = privateServer().host()
    const given = { ...stamps, resumes: '7.1700000000.$3' }
    const made = await host.create('claude-a', given)
    expect(made).toMatchObject({ sessionName: 'claude-a', ...given, createdAtSource: 'stamp', exited: false })
    expect(await host.list()).toMatchObject([listedLater(made)])
  })

  test('creates the first session in one call of tmux and stamps it in a second one, and needs one for each later session', async () => {
    const server = privateServer()
    const calls: { argv: string[]; input: string }[] = []
    const exec: Exec = (argv, options) => {
      calls.push({ argv, input: String(options.input ?? '') })
      return execaExec(100)(argv, options)
    }
    const host = server.host({ exec })
    const kindsOf = (made: typeof calls) =>
      made
        .filter(({ argv }) => argv[0] === 'tmux')
        .map(({ argv, input }) =>
          argv.includes('list-panes') ? 'list' : (input.match(/new-session|@sessionkeep_stamp '/g)?.join(' ') ?? ''),
        )
    await host.create('a', stamps)
    expect(calls.find(({ argv }) => argv[0] === 'tmux')?.argv).toContain('-u')
    const stamping = "@sessionkeep_stamp ' @sessionkeep_stamp '"
    // Elsewhere the process cannot be seen, so one more call asks whether the command still runs.
    expect(kindsOf(calls.splice(0))).toEqual(['new-session', stamping, 'list'])
    const made = await host.create('b', stamps)
    expect(kindsOf(calls.splice(0))).toEqual([`new-session ${stamping}`, 'list'])
    expect(await server.host().list()).toContainEqual(expect.objectContaining({ ...listedLater(made), ...stamps }))
  })

  test('stamps any strings and returns them exactly', async () => {
    const server = privateServer()
    const host = server.host()
    const hostile = [
      '',
      'a\nb\tc',
      'żółć 🦊',
      `#(touch ${server.directory}/F)`,
      '#{pid}',
      ';',
      '-t x;',
      '%H',
      '"\'\\$HOME`',
      '\ud800',
      '__proto__',
      '\0',
    ]
    for (const [at, text] of hostile.entries()) {
      await host.create(`s${String(at).padStart(2, '0')}`, { ...stamps, workspace: text, pool: `${text}!` })
    }
    const listed = await host.list()
    expect(listed.map(({ workspace }) => workspace)).toEqual(hostile)
    expect(listed.map(({ pool }) => pool)).toEqual(hostile.map((text) => `${text}!`))
    expect(existsSync(join(server.directory, 'F'))).toBe(false)
  })

  test('lets one of twenty concurrent calls succeed, and rejects the others with SESSION_EXISTS', async () => {
    const host = privateServer().host()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => host.create('raced', { ...stamps, workspace: String(at) })),
    )
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(codes).toEqual(Array(19).fill('SESSION_EXISTS'))
    expect(await host.list()).toMatchObject(won.map(({ value }) => listedLater(value)))
  })

  test('does not change the stamp of an existing session with that name', async () => {
    const host = privateServer().host()
    const made = await host.create('a', stamps)
    await expect(host.create('a', { ...stamps, pool: 'thief' })).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(await host.list()).toMatchObject([listedLater(made)])
  })

  test('rejects with HOST_INVALID_NAME, before any call, for a name that tmux could misread', async () => {
    const exec: Exec = async () => expect.unreachable('tmux was called')
    const host = tmuxHost({ exec })
    const names = [
      '',
      '-a',
      '_a',
      'a.b',
      'a:b',
      '=a',
      '$1',
      '@1',
      'a b',
      'p#(touch F)',
      'a\n',
      'é',
      'a*',
      'x'.repeat(201),
    ]
    for (const name of names) {
      await expect(host.create(name, stamps)).rejects.toMatchObject({ code: 'HOST_INVALID_NAME' })
    }
  })

  test('accepts a name of 200 characters', async () => {
    const host = privateServer().host()
    await host.create('x'.repeat(200), stamps)
    expect(await host.list()).toMatchObject([{ sessionName: 'x'.repeat(200) }])
  })

  test('starts in a directory whose name contains formats, and expands none of them', async () => {
    const server = privateServer()
    const cwd = join(server.directory, 'a#(touch F)#[x]#{pid}%H ##b\'"; ;')
    mkdirSync(cwd)
    await server
      .host()
      .create('a', { ...stamps, cwd, command: 'pwd > "$OUT"; sleep 60', env: { OUT: join(server.directory, 'out') } })
    await eventually(
      () => existsSync(join(server.directory, 'out')) && readFileSync(join(server.directory, 'out'), 'utf8') !== '',
    )
    expect(readFileSync(join(server.directory, 'out'), 'utf8')).toBe(`${cwd}\n`)
    expect(existsSync(join(server.directory, 'F'))).toBe(false)
    expect(existsSync(join(cwd, 'F'))).toBe(false)
  })

  test('rejects with HOST_REFUSED and creates nothing when the directory is missing', async () => {
    const host = privateServer().host()
    await expect(host.create('a', { ...stamps, cwd: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('/nowhere/at/all'),
    })
    expect(await host.list()).toEqual([])
  })

  test('passes env and arguments literally', async () => {
    const server = privateServer()
    const out = join(server.directory, 'out')
    const words = ['$HOME', '#(touch F)', ';', 'a;', 'a\\;', '-x', '', 'żó\nł', "'", '#{pid}', '~', '~/x', '~root']
    const command = [
      'sh',
      '-c',
      'printf "%s\\0" "$SECRET" "$@" > "$OUT.new"; mv "$OUT.new" "$OUT"; sleep 60',
      'sh',
      ...words,
    ]
    await server.host().create('a', { ...stamps, command, env: { OUT: out, SECRET: '#(x) $y;\n\\;' } })
    await eventually(() => existsSync(out))
    expect(readFileSync(out, 'utf8').split('\0')).toEqual(['#(x) $y;\n\\;', ...words, ''])
  })

  test('gives a command a variable of 128 KiB, and refuses what the system would start no program with', async () => {
    const server = privateServer()
    const host = server.host()
    const out = join(server.directory, 'out')
    const command = ['sh', '-c', 'printf %s "$BIG" > "$0.new"; mv "$0.new" "$0"; sleep 60', out]
    const big = 'x'.repeat(131_071 - 'BIG='.length)
    const made = await host.create('a', { ...stamps, command, env: { BIG: big } })
    await eventually(() => existsSync(out))
    expect(readFileSync(out, 'utf8')).toBe(big)
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`V${at}`, 'x'.repeat(100_000)]))
    for (const options of [
      { command, env: { BIG: `${big}x` } },
      { command, env: many },
      { command: [`${big}xxxxx`] },
    ]) {
      await expect(host.create('b', { ...stamps, ...options })).rejects.toThrow(TypeError)
      await expect(host.respawn?.(made, options)).rejects.toThrow(TypeError)
    }
    expect(await host.list()).toMatchObject([{ sessionName: 'a', exited: false }])
  })

  test('runs a program without arguments as a program, not as a command line', async () => {
    const server = privateServer()
    const out = join(server.directory, 'out')
    const program = server.script('a b;$(x)', `touch ${out}; exec sleep 60`)
    await server.host().create('a', { ...stamps, command: [program] })
    await eventually(() => existsSync(out))
  })

  test('gives the window the requested size', async () => {
    const server = privateServer()
    await server.host().create('a', { ...stamps, cols: 123, rows: 45 })
    expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{window_width}x#{window_height}')).toBe('123x45')
  })

  test('ends the session when it could not be stamped', async () => {
    const server = privateServer()
    await server.tmux('new-session', '-d', '-s', 'other')
    const exec: Exec = (argv, options) =>
      execaExec(100)(
        argv,
        withInput(options, (script) => script.replaceAll(/'(?:=a|\$\d+):'/g, "'=missing:'")),
      )
    await expect(server.host({ exec }).create('a', stamps)).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('other')
  })

  test('ends the session when tmux gave it another name', async () => {
    const server = privateServer()
    await server.tmux('new-session', '-d', '-s', 'other')
    const exec: Exec = (argv, options) =>
      execaExec(100)(
        argv,
        withInput(options, (script) => script.replace(' -s a ', ' -s b ').replaceAll("'=a:'", "'=b:'")),
      )
    await expect(server.host({ exec }).create('a', stamps)).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('other')
  })

  test('ends the session when tmux does not answer while a renamed one is prepared', async () => {
    const server = privateServer()
    await server.tmux(
      'new-session',
      '-d',
      '-s',
      'other',
      ';',
      'set-hook',
      '-g',
      'after-new-session',
      'rename-session b',
    )
    let scripts = 0
    const exec: Exec = async (argv, options) => {
      if (argv.includes('source-file')) scripts += 1
      if (scripts === 2) {
        scripts += 1
        throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
      }
      return execaExec(100)(argv, options)
    }
    await expect(server.host({ exec }).create('a', stamps)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('other')
  })

  test('returns a session that was made and stamped although tmux does not answer any more', async () => {
    const server = privateServer()
    let isSilent = false
    const exec: Exec = async (argv, options) => {
      if (isSilent) throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
      const answer = await execaExec(100)(argv, options)
      isSilent = /new-session .* -s a /.test(String(options.input))
      return answer
    }
    const host = server.host({ exec })
    await host.create('first', stamps)
    expect(await host.create('a', stamps)).toMatchObject({ sessionName: 'a', pool: stamps.pool })
    isSilent = false
    expect(await server.host().list()).toContainEqual(expect.objectContaining({ sessionName: 'a', pool: stamps.pool }))
  })

  test('rejects with HOST_UNAVAILABLE when its time is over between two attempts', async () => {
    const exec: Exec = async () => ({ stdout: '', stderr: 'server exited unexpectedly', exitCode: 1 })
    const host = privateServer().host({ exec, timeoutMs: 40 })
    await expect(host.create('a', stamps)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    await expect(host.list()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  })

  test('succeeds right after kill-server, many times', async () => {
    const server = privateServer()
    const host = server.host()
    for (let round = 0; round < 10; round++) {
      await host.create('a', stamps)
      await server.tmux('kill-server')
    }
    await host.create('a', stamps)
    expect(await host.list()).toMatchObject([stamps])
  })

  test('rejects with a TypeError that does not contain the value', async () => {
    const host = tmuxHost({ exec: async () => expect.unreachable('tmux was called') })
    const bad = [
      { env: { 'A=B': 's3cret' } },
      { env: { A: 's3cret\0' } },
      { command: [] },
      { cols: 0 },
      { rows: 1.5 },
      { cols: 10_001 },
      { createdAt: Number.NaN },
      { cwd: '' },
    ]
    for (const options of bad) {
      const error: unknown = await host.create('a', { ...stamps, ...options }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).not.toContain('s3cret')
    }
  })

  test('rejects with HOST_REFUSED and the message of tmux when tmux refuses', async () => {
    const host = privateServer().host({ tmuxOptions: { 'history-limit': 'many' } })
    await expect(host.create('a', stamps)).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('value is invalid: many'),
    })
  })
})
