import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.mjs'

/**
 * Makes a temporary directory for everything that the demo creates: the sockets of tmux and of the gateway, and the
 * metadata. `close()` ends all processes, removes the directory, and returns what could not be removed.
 */
export function openSandbox() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-demo-'))
  const tmuxSocket = join(directory, 'tmux')
  // A test sets this variable so that the demo fails.
  const metadata = process.env.DEMO_DIRECTORY || join(directory, 'sessions')
  const pids = new Set()
  const children = new Set()
  let closing

  const tmux = (...args) => spawnSync('tmux', ['-S', tmuxSocket, ...args], { encoding: 'utf8' })

  /** The pid of the shell of each session, by session name; empty if no tmux server runs. */
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
    /** Kills the tmux server, and with it every session. */
    killTmux: () => void tmux('kill-server'),
    /** Registers a process that `close()` must end. Throws when `close()` has begun. */
    register(start) {
      if (closing) throw new Error('the demo is ending')
      const child = start()
      const ended = new Promise((resolve) => {
        child.once('exit', resolve).once('error', resolve)
      })
      if (child.pid) pids.add(child.pid)
      children.add({ child, ended })
      return { child, ended }
    },
    /** The name and content of every record file. */
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

/** Ends the process group of a gateway, and so also the programs that it has started. */
function endGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
}

/** Whether a process is alive. A zombie (state Z) is not. */
function isAlive(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout.trim())
}
