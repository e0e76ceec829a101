import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.mjs'

/**
 * A fresh directory with everything that the demo makes: tmux's socket, the gateway's, the metadata. `close()` ends what
 * was started and removes it, however far the story came, and answers what could not be removed.
 */
export function openSandbox() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-demo-'))
  const tmuxSocket = join(directory, 'tmux')
  // The hooks by which a test lets the demo fail.
  const metadata = process.env.DEMO_DIRECTORY || join(directory, 'sessions')
  const pids = new Set()
  const children = new Set()
  let closing

  const tmux = (...args) => spawnSync('tmux', ['-S', tmuxSocket, ...args], { encoding: 'utf8' })

  /** The shell's pid of every session, by session name; empty without a server. */
  const panes = () => {
    const { stdout } = tmux('list-panes', '-a', '-F', '#{pid} #{pane_pid} #{session_name}')
    const rows = (stdout ?? '').trim().split('\n').filter(Boolean)
    return new Map(
      rows.map((row) => {
        const [server, pane, name] = row.split(' ')
        pids.add(Number(server)).add(Number(pane))
        return [name, Number(pane)]
      }),
    )
  }

  const close = async () => {
    panes()
    for (const { child, ended } of children) {
      endGroup(child)
      await ended
    }
    tmux('kill-server')
    const isOver = () => ![...pids].some(isAlive)
    if (!(await eventually(isOver, 2000))) for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    const processes = [...pids].filter(isAlive).map((pid) => `process ${pid}`)
    return [...processes, ...(existsSync(directory) ? [directory] : [])]
  }

  return {
    directory,
    metadata,
    tmuxSocket,
    panes,
    /** A process to be ended with the sandbox. Throws when that has begun. */
    adopt(start) {
      if (closing) throw new Error('the demo is ending')
      const child = start()
      const ended = new Promise((resolve) => {
        child.once('exit', resolve).once('error', resolve)
      })
      if (child.pid) pids.add(child.pid)
      children.add({ child, ended })
      return { child, ended }
    },
    /** Name and content of every record. */
    records() {
      const names = existsSync(metadata) ? readdirSync(metadata).filter((name) => name.endsWith('.json')) : []
      return new Map(names.sort().map((name) => [name, readFileSync(join(metadata, name), 'utf8')]))
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** A gateway leads a group of its own: what it was just calling ends with it. */
function endGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
}

/** One that has ended and waits for its parent (state Z) does not live. */
function isAlive(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout.trim())
}
