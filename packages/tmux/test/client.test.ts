import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Exec, tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { execaExec } from '../src/execa-exec.ts'
import { alive, eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

describe('a deadline', () => {
  test('settles a call whose prefix hangs, and ends all processes of the prefix', async () => {
    const server = privateServer()
    const pids = join(server.directory, 'pids')
    const prefix = [server.script('hang', `sleep 60 & echo $$ $! > ${pids}; wait`)]
    const host = server.host({ prefix, timeoutMs: 2000 })
    await expect(host.list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringContaining('2000 ms'),
    })
    const started = (await readFile(pids, 'utf8')).trim().split(' ').map(Number)
    expect(started).toHaveLength(2)
    await eventually(() => !started.some(alive))
  })

  test('sends SIGKILL to a command that ignores SIGTERM', async () => {
    const server = privateServer()
    const pids = join(server.directory, 'pids')
    const prefix = [server.script('stubborn', `trap "" TERM; echo $$ > ${pids}; while :; do sleep 0.1; done`)]
    await expect(server.host({ prefix, timeoutMs: 2000, killGraceMs: 100 }).list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
    })
    const pid = Number(await readFile(pids, 'utf8'))
    await eventually(() => !alive(pid))
  })

  test('never runs a command whose turn came after its time limit', async () => {
    const { directory } = privateServer()
    const exec = execaExec(100)
    const [open, late] = [join(directory, 'open'), join(directory, 'late')]
    const waiting = `until [ -e '${open}' ]; do sleep 0.02; done`
    // As many as run at once.
    const first = Array.from({ length: 16 }, () => exec(['sh', '-c', waiting], { timeoutMs: 60_000 }))
    const rejected = expect(exec(['touch', late], { timeoutMs: 20 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await sleep(50)
    writeFileSync(open, '')
    await Promise.all([...first, rejected])
    expect(existsSync(late)).toBe(false)
  })

  test('settles a call whose exec or prefix function never settles', async () => {
    const never = () => new Promise<never>(() => undefined)
    for (const options of [{ exec: never }, { prefix: never }]) {
      const host = tmuxHost({ ...options, timeoutMs: 50 })
      const ref = { sessionName: 'a' }
      const calls = [
        host.list(),
        host.create('a', stamps),
        host.kill(ref),
        host.sendText(ref, 'x'),
        host.capture(ref),
        host.tmux(['ls']),
      ]
      await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })))
    }
  })

  test('leaves nothing out of a long answer while the process is busy and a background process holds the pipes', async () => {
    const words = ['sh', '-c', 'sleep 5 & seq 1 200000']
    const busy = setInterval(() => {
      const until = performance.now() + 50
      while (performance.now() < until);
    }, 60)
    try {
      const { stdout } = await execaExec(100)(words, { timeoutMs: 30_000 })
      expect(stdout.endsWith('\n199999\n200000\n')).toBe(true)
    } finally {
      clearInterval(busy)
    }
  })

  test('does not pass when only a background process of the prefix holds the pipes', async () => {
    const server = privateServer()
    const pids = join(server.directory, 'pids')
    const prefix = [server.script('persist', `sleep 60 & echo $! >> ${pids}; "$@"`)]
    const host = server.host({ prefix })
    const made = await host.create('a', stamps)
    expect(await host.list()).toMatchObject([{ sessionName: 'a', incarnation: made.incarnation }])
    for (const pid of (await readFile(pids, 'utf8')).trim().split('\n')) process.kill(Number(pid))
  })
})

describe('the environment', () => {
  test('has no effect when the gateway itself runs in tmux or has no locale', async () => {
    const server = privateServer()
    const before = { ...process.env }
    Object.assign(process.env, { TMUX: '/nowhere,1,0', TMUX_PANE: '%99', LC_ALL: 'C', LANG: 'C' })
    try {
      const host = server.host()
      const made = await host.create('a', {
        ...stamps,
        workspace: 'żółć\t',
        command: 'echo "żółć[$TMUX_PANE]"; exec sleep 60',
      })
      expect(await host.list()).toMatchObject([listedLater(made)])
      await host.tmux(['new-session', '-d', '-s', 'ż'])
      expect((await host.list()).map(({ sessionName }) => sessionName)).toEqual(['a', 'ż'])
      await eventually(async () => (await host.capture(made)).includes('żółć[%0]'))
      expect(await server.tmux('show-environment', '-g')).not.toMatch(/^TMUX/m)
    } finally {
      process.env = before
    }
  })
})

describe('a server that ends during a call', () => {
  test('is called once more, for create() a few times more', async () => {
    const server = privateServer()
    const made = await server.host().create('a', stamps)
    const endingFor = (times: number): Exec => {
      let left = times
      return async (argv, options) => {
        if (argv[0] !== 'tmux' || left-- <= 0) return execaExec(100)(argv, options)
        return { stdout: '', stderr: 'server exited unexpectedly\n', exitCode: 1 }
      }
    }
    const once = () => server.host({ exec: endingFor(1) })
    const twice = () => server.host({ exec: endingFor(2) })
    expect(await once().list()).toMatchObject([listedLater(made)])
    expect(await server.host({ exec: endingFor(3) }).create('b', stamps)).toMatchObject({ sessionName: 'b' })
    await once().kill(made)
    expect(await server.host().list()).toMatchObject([{ sessionName: 'b' }])
    const ref = { sessionName: 'b' }
    const always = server.host({ exec: endingFor(Number.POSITIVE_INFINITY), timeoutMs: 1000 })
    const unknown = [
      twice().list(),
      server.host({ exec: endingFor(4) }).create('c', stamps),
      twice().kill(ref),
      twice().sendText(ref, 'x'),
      always.capture(ref),
    ]
    await Promise.all(
      unknown.map((call) => expect(call).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE', retryable: true })),
    )
    // An old program says the same of every server that is newer than it can speak to.
    await expect(twice().list()).rejects.toThrow('use a tmux of the version of the server')
    await expect(once().sendText(made, 'x')).rejects.toMatchObject({ code: 'SESSION_GONE' })
    await server.tmux('kill-server')
    // It announces its end before it has ended.
    await vi.waitFor(async () => expect(await server.host().list()).toEqual([]), 10_000)
    await expect(once().sendText(ref, 'x')).rejects.toMatchObject({ code: 'SESSION_GONE' })
  })
})

describe('exec', () => {
  test('loses no output by default, even if the process was busy when the command ended', async () => {
    const server = privateServer()
    const done = join(server.directory, 'done')
    const holder = join(server.directory, 'holder')
    const script = `sleep 60 & echo $! > ${holder}; head -c 60000 /dev/zero | tr '\\0' x; touch ${done}`
    const running = execaExec(100)(['sh', '-c', script], { timeoutMs: 10_000 })
    // Blocks the event loop until well after the exit, so that timers are due before any output was read.
    while (!existsSync(done));
    const until = Date.now() + 500
    while (Date.now() < until);
    expect((await running).stdout).toHaveLength(60_000)
    process.kill(Number(await readFile(holder, 'utf8')))
  })

  test('replaces the built-in runner, and may fail in any way', async () => {
    const fail: Exec[] = [
      () => {
        throw new Error('at once')
      },
      () => Promise.reject(new Error('later')),
      async () => ({ stdout: '', stderr: 'error connecting to /x (Permission denied)', exitCode: 1 }),
      async () => ({ stdout: 'not tmux', stderr: '', exitCode: 0 }),
      ...[undefined, null, {}, { stdout: '', exitCode: 0 }, { stdout: 5, stderr: '', exitCode: 0 }].map(
        (wrong) => async () => wrong as never,
      ),
    ]
    for (const exec of fail) {
      const host = tmuxHost({ exec })
      await expect(host.list()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
      await expect(host.create('a', stamps)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    }
  })
})

describe('host.tmux()', () => {
  test('runs any command with any input, and rejects with the message of tmux', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', stamps)
    await host.tmux(['load-buffer', '-b', 'mine', '-'], { input: 'żółć\n' })
    expect(await host.tmux(['show-buffer', '-b', 'mine'])).toBe('żółć\n')
    await expect(host.tmux(['no-such-command'])).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('unknown command'),
    })
    await expect(host.tmux(['has-session', '-t', '=b'])).rejects.toMatchObject({ code: 'SESSION_GONE' })
    for (const args of [[], new Array(1)])
      await expect(host.tmux(args)).rejects.toThrow('args must be a list of words for tmux')
  })

  test('survives a program that does not read its input', async () => {
    const prefix = [privateServer().script('deaf', 'exit 9')]
    await expect(tmuxHost({ prefix }).tmux(['x'], { input: 'x'.repeat(5_000_000) })).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
    })
  })
})

describe('attachCommand()', () => {
  test('returns an exact target after the prefix, on the same socket', async () => {
    const host = tmuxHost({ socketName: 'x', prefix: ['docker', 'exec', '-it', 'c'] })
    expect(host.attachCommand({ sessionName: 'a' })).toEqual([
      'docker',
      'exec',
      '-it',
      'c',
      'tmux',
      '-u',
      '-L',
      'x',
      'attach-session',
      '-t',
      '=a',
    ])
    expect(() => host.attachCommand({ sessionName: 'a b' })).toThrow(
      expect.objectContaining({ code: 'HOST_INVALID_NAME' }),
    )
    expect(host.attachCommand({ sessionName: 'a b', incarnation: '1.2.$3' }).at(-1)).toBe('$3')
  })

  test('shows every glyph as UTF-8 in a terminal of a gateway without a locale', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'printf "spin \\342\\234\\273 ok"; exec cat' })
    await eventually(async () => (await host.capture(made)).includes('ok'))
    const env = { PATH: process.env.PATH, TERM: 'xterm' }
    const terminal = spawn('script', ['-qc', host.attachCommand(made).join(' '), '/dev/null'], { env })
    onTestFinished(() => void terminal.kill())
    let shown = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
    await eventually(() => shown.includes('ok'))
    expect(shown).toContain('spin \u273b ok')
  })

  test('uses the prefix that the function returns, or returned last', async () => {
    expect(tmuxHost({ prefix: () => ['env'] }).attachCommand({ sessionName: 'a' })[0]).toBe('env')
    const later = tmuxHost({
      prefix: async () => ['env', 'A=b'],
      exec: async () => ({ stdout: '', stderr: '', exitCode: 2 }),
    })
    expect(() => later.attachCommand({ sessionName: 'a' })).toThrow(
      expect.objectContaining({ code: 'HOST_UNAVAILABLE' }),
    )
    await later.list().catch(() => undefined)
    expect(later.attachCommand({ sessionName: 'a' }).slice(0, 2)).toEqual(['env', 'A=b'])
  })
})
