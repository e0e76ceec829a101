import { spawn, spawnSync } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { OutputChunk } from '@sessionkeep/contracts/host'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { createOutputBuffer } from '../src/output-buffer.ts'
import { eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

const reading = built(fileURLToPath(new URL('support/reading-process.mjs', import.meta.url)))
/** The FIFO of the output of session `a`. */
const pipeOf = (server: PrivateServer) => server.tmux('show-options', '-pqv', '-t', '=a:', '@sessionkeep_output')

/** The process that has a FIFO open to write to it. */
function writerOf(pipe: string): number {
  const isWriter = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/1`) === pipe
    } catch {
      return false
    }
  }
  return Number(readdirSync('/proc').find((name) => /^\d+$/.test(name) && isWriter(name)) ?? expect.unreachable())
}

/** Collects an output in the background. Resolves once nothing more is missed. */
async function collect(chunks: AsyncIterable<OutputChunk>) {
  const seen = { text: '', lost: 0, isOver: false, error: undefined as unknown }
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  expect(first.value?.data).toHaveLength(0)
  const over = (async () => {
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        seen.text += Buffer.from(next.value.data).toString()
        seen.lost += next.value.lost
      }
    } catch (error) {
      seen.error = error
    }
    seen.isOver = true
  })()
  return { seen, over, stop: () => iterator.return?.() }
}

describe('output()', () => {
  test('has all that the program writes, with its escape sequences, and ends with the session', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', { ...stamps, command: 'cat' })
    // It ends once everything was seen: what a program writes right before its end may not even reach tmux.
    const command = ['sh', '-c', 'read -r line; printf "\\033[1mhello\\033[0m\\n"; seq 1 5000; read -r line']
    const made = await host.create('a', { ...stamps, command })
    const { seen, over } = await collect(host.output?.(made) ?? expect.unreachable())
    const pipe = await pipeOf(server)
    expect(existsSync(pipe)).toBe(true)
    await host.sendText(made, '', { submit: true })
    await eventually(() => seen.text.includes('4999\r\n5000\r\n'))
    await host.sendText(made, '', { submit: true })
    await over
    expect(seen.text).toContain('\u001b[1mhello\u001b[0m')
    expect(seen.text.trimEnd().endsWith('4999\r\n5000')).toBe(true)
    expect(seen).toMatchObject({ lost: 0, error: undefined })
    await eventually(() => !existsSync(pipe))
  })

  test('is whole when a busy machine gives the program that passes it on no turn for a second', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', { ...stamps, command: 'cat' })
    const made = await host.create('a', { ...stamps, command: ['sh', '-c', 'read -r line; seq 1 100; read -r line'] })
    const { seen, over } = await collect(host.output?.(made) ?? expect.unreachable())
    const passing = writerOf(await pipeOf(server))
    process.kill(passing, 'SIGSTOP')
    await host.sendText(made, '', { submit: true })
    await eventually(async () => (await host.capture(made)).includes('99\n100'))
    await host.sendText(made, '', { submit: true })
    await eventually(
      async () => (await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_dead}')).trim() === '1',
    )
    await sleep(1000)
    process.kill(passing, 'SIGCONT')
    await over
    expect(seen.text.trimEnd().endsWith('99\r\n100')).toBe(true)
  })

  test('is the same for several readers, and each can leave without the others', async () => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const one = await collect(host.output?.(made) ?? expect.unreachable())
    const two = await collect(host.output?.(made) ?? expect.unreachable())
    await host.sendText(made, 'first', { submit: true })
    await eventually(() => one.seen.text.includes('first') && two.seen.text.includes('first'))
    const leaving = one.stop()
    await host.sendText(made, 'second', { submit: true })
    await eventually(() => two.seen.text.includes('second'))
    await leaving
    two.stop()
  })

  test('goes on for a reader that comes in the moment in which the last other one leaves', async () => {
    const host = privateServer().host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const one = host.output?.(made)[Symbol.asyncIterator]() ?? expect.unreachable()
    await one.next()
    const coming = collect(host.output?.(made) ?? expect.unreachable())
    void one.return?.()
    const two = await coming
    // Long enough for the reader of the first output to have ended.
    await sleep(300)
    await host.sendText(made, 'still here', { submit: true })
    await eventually(() => two.seen.text.includes('still here'))
    expect(two.seen).toMatchObject({ isOver: false, error: undefined })
    void two.stop()
  })

  test('a signal that is aborted while the output is being opened ends it', async () => {
    const host = privateServer().host()
    const made = await host.create('a', stamps)
    const aborting = new AbortController()
    const chunks = (host.output?.(made, { signal: aborting.signal }) ?? expect.unreachable())[Symbol.asyncIterator]()
    const first = chunks.next()
    aborting.abort()
    if (!(await first).done) expect(await chunks.next()).toMatchObject({ done: true })
  })

  test('leaves the pane without a pipe when the last reader has left', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const aborting = new AbortController()
    const { over } = await collect(host.output?.(made, { signal: aborting.signal }) ?? expect.unreachable())
    expect(await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_pipe}')).toBe('1')
    aborting.abort()
    await over
    await eventually(
      async () =>
        (await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_pipe}#{@sessionkeep_output}')) === '0',
    )
  })

  test('leaves the pane without a pipe when the gateway that read it was killed', async () => {
    const server = privateServer()
    await server.host().create('a', { ...stamps, command: 'cat' })
    const gateway = spawn(process.execPath, [reading, server.socketPath])
    await once(gateway.stdout, 'data')
    gateway.kill('SIGKILL')
    await eventually(
      async () =>
        (await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_pipe}#{@sessionkeep_output}')) === '0',
    )
  })

  test('is of the pane of the session, wherever a person has the focus', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    await server.tmux('split-window', '-t', '=a:', 'cat')
    const { seen, stop } = await collect(host.output?.(made) ?? expect.unreachable())
    await server.tmux('send-keys', '-t', '=a:', 'theirs', 'Enter')
    await host.sendText(made, 'mine', { submit: true })
    await eventually(() => seen.text.includes('mine'))
    expect(seen.text).not.toContain('theirs')
    stop()
  })

  test('rejects with HOST_REFUSED, and leaves the pipe of a person, when there is one', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    await server.tmux('pipe-pane', '-t', '=a:', `cat > ${server.directory}/theirs`)
    const first = host.output?.(made)[Symbol.asyncIterator]().next()
    await expect(first).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    await host.sendText(made, 'x', { submit: true })
    await eventually(() => existsSync(`${server.directory}/theirs`))
  })

  test('leaves no listener on the signal of its caller, also when it could not be opened', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    await server.tmux('pipe-pane', '-t', '=a:', 'cat > /dev/null')
    const { signal } = new AbortController()
    const read = () => (host.output?.(made, { signal }) ?? expect.unreachable())[Symbol.asyncIterator]()
    await expect(read().next()).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await server.tmux('pipe-pane', '-t', '=a:')
    const chunks = read()
    await chunks.next()
    await chunks.return?.()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('ends with HOST_REFUSED when a person takes the pipe meanwhile, and leaves that pipe from then on', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const { seen, over } = await collect(host.output?.(made) ?? expect.unreachable())
    const theirs = `${server.directory}/theirs`
    await server.tmux('pipe-pane', '-t', '=a:', `cat > ${theirs}`)
    await over
    expect(seen.error).toMatchObject({ code: 'HOST_REFUSED' })
    const next = host.output?.(made)[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    await host.sendText(made, 'x', { submit: true })
    await eventually(() => existsSync(theirs) && readFileSync(theirs, 'utf8').includes('x'))
  })

  test('ends with HOST_UNAVAILABLE when a person closes the pipe, and can be read again', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const first = await collect(host.output?.(made) ?? expect.unreachable())
    await server.tmux('pipe-pane', '-t', '=a:')
    await first.over
    expect(first.seen.error).toMatchObject({ code: 'HOST_UNAVAILABLE' })
    const { seen, stop } = await collect(host.output?.(made) ?? expect.unreachable())
    await host.sendText(made, 'again', { submit: true })
    await eventually(() => seen.text.includes('again'))
    void stop()
  })

  test('rejects with SESSION_GONE for a session that has ended', async () => {
    const host = privateServer().host()
    await host.create('keep', { ...stamps, command: 'cat' })
    const made = await host.create('a', { ...stamps, command: 'cat' })
    await host.kill(made)
    const first = host.output?.(made)[Symbol.asyncIterator]().next()
    await expect(first).rejects.toMatchObject({ code: 'SESSION_GONE' })
  })

  test('leaves no process in tmux when the reader is killed before tmux has opened the pipe', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const note = `${server.directory}/reader`
    const killing = server.script(
      'killing',
      `case "$*" in
        *mkfifo*) echo $$ > '${note}' ;;
        *'pipe-pane -O'*) pkill -KILL -P "$(cat '${note}')" cat ;;
      esac
      exec "$@"`,
    )
    const output = server.host({ prefix: [killing] }).output?.(made) ?? expect.unreachable()
    await expect(collect(output).then(({ over }) => over)).resolves.toBeUndefined()
    const pid = await server.pid()
    const waiting = () => spawnSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).stdout.split('\n')
    await eventually(
      () => !waiting().some((row) => row.trim().startsWith(`${pid} `) && row.includes('/tmp/sessionkeep-')),
    )
  })

  test('goes on after a respawn, and does not ask tmux again and again whether the new command has ended', async () => {
    const server = privateServer()
    const asked = join(server.directory, 'asked')
    const real = spawnSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).stdout.trim()
    mkdirSync(join(server.directory, 'bin'))
    server.script('bin/tmux', `case $* in *"'#{pane_dead}'"*) echo "$*" >> ${asked} ;; esac; exec ${real} "$@"`)
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const { seen, stop } = await collect(host.output?.(made) ?? expect.unreachable())
    await host.respawn?.(made, { command: 'echo another; exec cat' })
    await eventually(() => seen.text.includes('another'))
    vi.stubEnv('PATH', `${join(server.directory, 'bin')}:${process.env.PATH}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    await sleep(2000)
    expect(existsSync(asked)).toBe(false)
    stop()
  })

  test('can be read again after a gateway was killed that read it', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    const gateway = spawn(process.execPath, [reading, server.socketPath])
    await once(gateway.stdout, 'data')
    const pipe = await pipeOf(server)
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
    await eventually(() => !existsSync(pipe))
    const { seen, stop } = await collect(host.output?.(made) ?? expect.unreachable())
    await host.sendText(made, 'again', { submit: true })
    await eventually(() => seen.text.includes('again'))
    stop()
  })
})

describe('a buffer of an output', () => {
  test('drops the oldest beyond its limit, and says how much', async () => {
    const buffer = createOutputBuffer(5)
    for (const text of ['abc', 'def', 'g']) buffer.push(Buffer.from(text))
    expect(await buffer.next()).toEqual({ data: new Uint8Array(Buffer.from('cdefg')), lost: 2 })
    buffer.push(Buffer.from('h'))
    buffer.end()
    expect(await buffer.next()).toEqual({ data: new Uint8Array(Buffer.from('h')), lost: 0 })
    expect(await buffer.next()).toBeUndefined()
  })

  test('waits for what comes, and rejects at its end with the error that it was ended with', async () => {
    const buffer = createOutputBuffer(5)
    const next = buffer.next()
    buffer.push(Buffer.from('x'))
    expect((await next)?.data).toEqual(new Uint8Array(Buffer.from('x')))
    buffer.end(new Error('lost'))
    await expect(buffer.next()).rejects.toThrow('lost')
  })
})
