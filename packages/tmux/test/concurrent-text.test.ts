import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostSession } from '@sessionkeep/contracts/host'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, privateServer, stamps } from './support/private-server.ts'

const SESSIONS = ['s0', 's1', 's2', 's3', 's4']
const CALLERS = Array.from({ length: 20 }, (_, at) => at)
/** The texts of each caller; with SESSIONKEEP_TEXTS another number. */
const TEXTS = Number(process.env.SESSIONKEEP_TEXTS ?? 10)

/** A program that appends each line that it gets to a file. A `read` of sh would end when the terminal is resized. */
const reader = (file: string) => ['sh', '-c', 'stty -echo; printf ready; exec cat >> "$0"', file]

// Each text starts several processes, and each of them may take a tenth of a second on a slow machine.
const TIMEOUT_MS = 1_200_000

test('the texts of twenty callers each arrive once, whole, submitted and in the right pane, while people work in the sessions', {
  timeout: TIMEOUT_MS,
}, async () => {
  const server = privateServer()
  const host = server.host({ timeoutMs: 60_000 })
  const file = (name: string) => join(server.directory, `lines-${name}`)
  const linesOf = (name: string): string[] =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8').split('\n').filter(Boolean) : []
  const made: HostSession[] = []
  for (const name of SESSIONS) {
    const session = await host.create(name, {
      ...stamps,
      workspace: name,
      command: reader(file(name)),
      cols: 100,
      rows: 30,
    })
    await eventually(async () => (await host.capture(session)).includes('ready'))
    made.push(session)
  }

  // A person splits panes, moves the focus and zooms; clients of several sizes come and go.
  let isOver = false
  const person = async () => {
    for (let turn = 0; !isOver; turn += 1) {
      const target = `=${SESSIONS[turn % SESSIONS.length]}:`
      const act = async (...args: string[]) => server.tmux(...args).catch(() => '')
      const pane = await act(
        'split-window',
        '-P',
        '-F',
        '#{pane_id}',
        '-t',
        target,
        '-l',
        '2',
        ...reader(file('person')),
      )
      const window = await act('new-window', '-P', '-F', '#{window_id}', '-t', target, ...reader(file('person')))
      await act('last-window', '-t', target)
      await act('select-pane', '-t', `${target}.+`)
      await act('resize-pane', '-Z', '-t', target)
      const size = `stty cols ${60 + (turn % 50)} rows ${20 + (turn % 9)}`
      const attach = `${size}; exec tmux -S ${server.socketPath} attach -t '${target}'`
      const client = spawn('script', ['-qc', attach, '/dev/null'], {
        // At the end of its input, script would press C-d.
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { ...process.env, TERM: 'xterm' },
      })
      client.on('error', () => undefined)
      await new Promise((resolve) => setTimeout(resolve, 200))
      client.kill()
      if (pane) await act('kill-pane', '-t', pane)
      if (window) await act('kill-window', '-t', window)
    }
  }
  const working = person()
  onTestFinished(async () => {
    isOver = true
    await working
  })

  await Promise.all(
    CALLERS.map(async (caller) => {
      for (let at = 0; at < TEXTS; at += 1) {
        const session = made[(caller + at) % made.length]
        if (!session) throw new Error('no session')
        const { submitted } = await host.sendText(session, `<${session.sessionName} ${caller}-${at}>`, {
          submit: true,
          delayMs: 1,
        })
        if (!submitted) throw new Error('not submitted')
      }
    }),
  )
  isOver = true
  await working

  for (const [index, name] of SESSIONS.entries()) {
    const mine = CALLERS.flatMap((caller) =>
      Array.from({ length: TEXTS }, (_, at) => at)
        .filter((at) => (caller + at) % SESSIONS.length === index)
        .map((at) => `<${name} ${caller}-${at}>`),
    )
    await eventually(() => linesOf(name).length >= mine.length)
    const lines = linesOf(name)
    expect(lines.toSorted()).toEqual(mine.toSorted())
    // The texts of one caller keep their order.
    for (const caller of CALLERS) {
      const ofCaller = (line: string) => line.startsWith(`<${name} ${caller}-`)
      expect(lines.filter(ofCaller)).toEqual(mine.filter(ofCaller))
    }
  }
  expect(linesOf('person')).toEqual([])
})
