import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { built } from '../../../test/support/built.ts'

const at = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))
const [main, agent] = [built(at('main.ts')), built(at('agent.ts'))]

/** A server of IRC with one user besides the bridge. */
async function ircServer() {
  const said: string[] = []
  const waiting = new Set<() => void>()
  let bridge: Socket | undefined
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    createInterface({ input: socket }).on('line', (line) => {
      if (line.startsWith('USER ')) socket.write(':server 001 keeper :Welcome\r\nPING :are you there\r\n')
      said.push(line)
      if (line.startsWith('JOIN ')) bridge = socket
      for (const wake of waiting) wake()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    bridge?.destroy()
    server.close()
  })
  /** Waits for a line of the bridge that begins so, from now on. */
  const next = (start: string): Promise<string> => {
    const from = said.length
    return new Promise((resolve) => {
      const look = () => {
        const found = said.slice(from).find((line) => line.startsWith(start))
        if (found === undefined) return
        waiting.delete(look)
        resolve(found.slice(start.length))
      }
      waiting.add(look)
    })
  }
  return {
    port: (server.address() as AddressInfo).port,
    next,
    /** Says something in a channel or to the bridge, and returns the next answer there. */
    ask(target: string, text: string): Promise<string> {
      const answer = next(`PRIVMSG ${target === 'keeper' ? 'ada' : target} :`)
      bridge?.write(`:ada!ada@host PRIVMSG ${target} :${text}\r\n`)
      return answer
    },
  }
}

test('a chat keeps its conversation when the bridge is killed, and when tmux is killed too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sk-chat-'))
  const tmux = join(directory, 'tmux.sock')
  const irc = await ircServer()
  const bridges: ChildProcess[] = []
  const start = async (): Promise<ChildProcess> => {
    const joined = irc.next('JOIN ')
    const env = {
      ...{ PATH: process.env.PATH, HOME: directory, SESSIONKEEP_DIRECTORY: join(directory, 'records') },
      ...{ CHAT_SERVER: `irc://127.0.0.1:${irc.port}/#docs,#web`, CHAT_DIRECTORY: directory, CHAT_AGENT: agent },
    }
    const bridge = spawn(process.execPath, [main], { env, cwd: directory, stdio: 'ignore' })
    bridges.push(bridge)
    expect(await joined).toBe('#docs,#web')
    return bridge
  }
  const kill = async (bridge: ChildProcess): Promise<void> => {
    bridge.kill('SIGKILL')
    await once(bridge, 'exit')
  }
  onTestFinished(() => {
    for (const bridge of bridges) bridge.kill('SIGKILL')
    spawnSync('tmux', ['-S', tmux, 'kill-server'])
    rmSync(directory, { recursive: true, force: true })
  })

  const first = await start()
  expect(await irc.ask('#docs', 'the colour is blue')).toBe('1: the colour is blue')
  // Two chats at once, and one of them a person.
  expect(await Promise.all([irc.ask('#web', 'hello'), irc.ask('keeper', 'only you')])).toEqual([
    '1: hello',
    '1: only you',
  ])
  await kill(first)

  const second = await start()
  expect(await irc.ask('#docs', 'still there?')).toBe('2: still there?')
  await kill(second)
  spawnSync('tmux', ['-S', tmux, 'kill-server'])

  await start()
  expect(await irc.ask('#docs', 'what did I say first?')).toBe('You said: the colour is blue')
  expect(await irc.ask('#docs', 'x'.repeat(900))).toBe(`4: ${'x'.repeat(397)}`)
})
