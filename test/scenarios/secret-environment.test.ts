import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

const SCANNER = fileURLToPath(new URL('../../packages/tmux/test/support/argument-scanner.mjs', import.meta.url))

/**
 * Prints the environment, and ends once tmux has answered where the cursor is, and so has read all of it: what a program writes
 * right before its end may not reach tmux.
 */
const PRINTS_AND_ENDS = `env; stty -icanon -echo; printf '\\033[6n'; dd bs=1 count=1 >/dev/null 2>&1; exit 3`

/** Looks for a text in the arguments of all processes, and in the environments of those outside of sessions, until the returned function is called. */
async function scan(secret: string): Promise<() => Promise<{ looks: number; found: string[] }>> {
  const scanner = spawn(process.execPath, [SCANNER], { stdio: ['pipe', 'pipe', 'inherit'] })
  scanner.stdin.write(`${secret}\n`)
  await new Promise((resolve) => scanner.stdout.once('data', resolve))
  return async () => {
    scanner.stdin.end()
    return JSON.parse(await text(scanner.stdout))
  }
}

test.skipIf(!existsSync('/proc/self/cmdline'))(
  'during a hundred creations an API key in launch.env arrives, and is in no argument, no other environment, no log line and no error',
  async () => {
    const key = `sk-${crypto.randomUUID()}`
    const { pool, read } = fixture()
    const one = pool({ maxSessions: 200, launch: () => ({ env: { API_KEY: key } }) })
    await one.start()
    const stop = await scan(key)
    const errors: unknown[] = []
    const gone: unknown[] = []
    const lost = new Set<string>()
    one.on('session:gone', (event) => {
      gone.push(event)
      lost.add(event.session.workspace)
    })
    const create = async (at: number) => {
      // Every tenth is lost: one prints its environment and ends, before or after it is handed out; another has no directory.
      const options =
        at % 20 === 10
          ? { command: PRINTS_AND_ENDS }
          : at % 20 === 0
            ? { command: 'cat', cwd: '/no/such/directory' }
            : { command: 'cat' }
      await one.getOrCreateSession(`w${at}`, options).catch((error: unknown) => {
        errors.push(error)
        lost.add(`w${at}`)
      })
    }
    for (let at = 0; at < 100; at += 5) await Promise.all([0, 1, 2, 3, 4].map((next) => create(at + next)))
    const { looks, found } = await stop()
    expect(found).toEqual([])
    expect(looks).toBeGreaterThan(10)
    await vi.waitFor(() => expect(lost.size).toBe(10), 30_000)
    expect(errors.length).toBeGreaterThanOrEqual(5)
    const told = inspect([errors, gone, JSON.stringify([errors, gone]), one.lines], { depth: null, showHidden: true })
    expect(told).toContain('API_KEY=***')
    expect(told).not.toContain(key)
    await one.saveSessionMetadata('w1')
    expect(JSON.stringify(read('claude-w1'))).not.toContain(key)
    await one.getOrCreateSession('shown', { command: 'printf "%s\\n" "the key is $API_KEY"; exec cat' })
    await vi.waitFor(async () => expect(await one.capture('shown')).toContain(`the key is ${key}`))
  },
)

test.skipIf(!existsSync('/proc/self/cmdline'))(
  'the search for an API key finds one in an argument, and one in the environment of a process outside of sessions',
  async () => {
    const keys = [`sk-${crypto.randomUUID()}`, `sk-${crypto.randomUUID()}`] as const
    const stops = await Promise.all(keys.map(scan))
    const children = [
      spawn('sh', ['-c', 'echo ready; read -r line', keys[0]]),
      spawn('sh', ['-c', 'echo ready; read -r line'], { env: { KEY: keys[1] } }),
    ]
    for (const { stdout } of children) await new Promise((resolve) => stdout.once('data', resolve))
    const found = (await Promise.all(stops.map((stop) => stop()))).map((one) => one.found)
    for (const { stdin } of children) stdin.end()
    const words = 'sh -c echo ready; read -r line '
    expect(found[0]).toEqual([`${words}${keys[0]} `])
    // A process that is just being started has its environment before its arguments can be read.
    expect(found[1]?.filter((one) => one !== 'the environment of ')).toEqual([`the environment of ${words}`])
  },
)
