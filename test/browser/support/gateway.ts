import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../../../scripts/lib/root.mjs'

const PROGRAM = join(root, 'examples/http-gateway/dist/main.js')

/** A directory, a tmux server and a port for one gateway, which may be killed and started again. */
export function sandbox() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-browser-'))
  const tmuxSocket = join(directory, 'tmux')
  const children = new Set<ChildProcess>()
  const tmux = (...args: string[]) => spawnSync('tmux', ['-S', tmuxSocket, ...args], { encoding: 'utf8' })
  let port = 0

  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await ended
    children.delete(child)
  }
  onTestFinished(async () => {
    await Promise.all([...children].map(kill))
    tmux('kill-server')
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  })

  return {
    directory,
    tmux,
    /** Starts the gateway, and returns the address of the dashboard, with its token. It keeps its port. */
    async start(env: Readonly<Record<string, string>> = {}): Promise<{ address: string; kill: () => Promise<void> }> {
      const child = spawn(process.execPath, [PROGRAM], {
        cwd: directory,
        env: {
          ...{ PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm', SHELL: '/bin/sh', HOME: directory },
          ...{ GATEWAY_PORT: String(port), GATEWAY_TMUX: tmuxSocket, GATEWAY_DIRECTORY: join(directory, 'data') },
          ...env,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.add(child)
      let output = ''
      const address = await new Promise<string>((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${output}`)))
        child.stdout?.setEncoding('utf8').on('data', (text: string) => {
          output += text
          const [found] = /http:\S+/.exec(output) ?? []
          if (found) resolve(found)
        })
      })
      port = Number(new URL(address).port)
      return { address, kill: () => kill(child) }
    },
  }
}
