import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { TmuxClient } from './client.ts'
import { clientEnvironment } from './environment.ts'
import type { PaneCache } from './pane-cache.ts'
import type { PaneProcess } from './pane-process.ts'

/** The channel of `wait-for` that every server uses. A spurious signal only makes a pool list its sessions once more. */
const CHANNEL = 'sessionkeep-ended'
/** The index of our command in each list of hooks: high, so that it replaces no hook of the user. */
const INDEX = 870
/** In this order: a command ended and its pane stays, or closes too; a pane was killed; a window or a session was closed. */
const HOOKS = ['pane-died', 'pane-exited', 'after-kill-pane', 'window-unlinked', 'session-closed']
/** How many waits one client queues in the server, so that it loses no signal between two of them. */
const WAITS = 100
/** The time between a signal and the call of `onChange`, ms: many sessions may end at once. */
const PAUSE_MS = 20
/** The pauses before the next attempt while no server answers, ms. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

// Ends when the gateway ends, even by a kill: that closes the pipe on descriptor 3, and the waiting client is killed.
const WAIT = `
exec 3<&0
"$@" </dev/null 2>/dev/null &
waiting=$!
{ read -r _ <&3; kill "$waiting"; } >/dev/null 2>&1 &
reading=$!
wait "$waiting"
code=$?
kill "$reading" 2>/dev/null
exit "$code"`

/** The time between two looks at processes, ms, and the most processes of one look. */
const LOOK_EVERY_MS = 2000
const MOST_LOOKS = 100

/** Wakes at the signals of a server. */
export interface Waiter {
  /** Tries again at once; called when a server is known to answer. */
  retry(): void
  stop(): void
}

/** The parts of the host that a watch uses. */
interface Watched {
  readonly client: TmuxClient
  readonly panes: PaneCache
  readonly waiters: Set<Waiter>
}

/**
 * Calls `onChange` soon after a session may have ended. A client of tmux sleeps until the hooks of the server wake it.
 * Processes are looked at too, because tmux can miss that a child has ended.
 */
export function watch({ client, panes, waiters }: Watched, onChange: () => void): () => void {
  const waiter = startWaiter(client, onChange)
  waiters.add(waiter)
  const reported = new WeakSet<PaneProcess>()
  let next = 0
  const look = () => {
    const all = panes.processes()
    const some = all.concat(all).slice(next, next + Math.min(MOST_LOOKS, all.length))
    next = all.length === 0 ? 0 : (next + some.length) % all.length
    const ended = some.filter((process) => !reported.has(process) && process.hasEnded())
    for (const process of ended) reported.add(process)
    if (ended.length > 0) onChange()
  }
  const looking = setInterval(look, LOOK_EVERY_MS).unref()
  return () => {
    clearInterval(looking)
    waiter.stop()
    waiters.delete(waiter)
  }
}

/** Keeps a client waiting for the channel, and calls `onChange` whenever it is woken or loses its server. */
function startWaiter(client: TmuxClient, onChange: () => void): Waiter {
  let startTimer: NodeJS.Timeout | undefined
  let changeTimer: NodeJS.Timeout | undefined
  let child: ChildProcess | undefined
  let isStopped = false
  let failures = 0

  const changed = (): void => {
    changeTimer ??= setTimeout(() => {
      changeTimer = undefined
      if (!isStopped) onChange()
    }, PAUSE_MS).unref()
  }
  const ended = (isWhole: boolean): void => {
    child = undefined
    if (isStopped) return
    failures = isWhole ? 0 : failures + 1
    // If the server ended, so did its sessions. If not, signals are lost until the next client waits.
    if (failures <= 1) changed()
    startAfter(isWhole ? 0 : Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS))
  }
  const start = (): void => {
    const [program = '', ...args] = client.commandLine(waitCommand())
    let started: ChildProcess
    try {
      started = spawn('sh', ['-c', WAIT, 'sh', program, '-N', ...args], {
        cwd: '/',
        env: clientEnvironment(process.env, client.environment, false),
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      })
    } catch {
      // Node throws some errors of the system here, no memory among them, and emits the others.
      ended(false)
      return
    }
    child = started
    started.unref()
    started.once('error', () => started === child && ended(false))
    started.once('exit', (code) => started === child && ended(code === 0))
    // A process that could not be started for want of a descriptor has no pipes.
    started.stdout?.on('data', () => {
      failures = 0
      changed()
    })
    // Neither of the pipes keeps the gateway running.
    for (const pipe of [started.stdin, started.stdout]) if (pipe instanceof Socket) pipe.unref()
  }
  const startAfter = (ms: number): void => {
    clearTimeout(startTimer)
    startTimer = setTimeout(start, ms).unref()
  }

  startAfter(0)
  return {
    retry() {
      if (!child && failures > 0 && !isStopped) startAfter(0)
    },
    stop() {
      isStopped = true
      clearTimeout(startTimer)
      clearTimeout(changeTimer)
      child?.stdin?.destroy()
      child?.stdout?.destroy()
    },
  }
}

function waitCommand(): string[] {
  const hooks = HOOKS.flatMap((hook) => ['set-hook', '-g', `${hook}[${INDEX}]`, `wait-for -S ${CHANNEL}`, ';'])
  const waits = Array.from({ length: WAITS }, () => ['wait-for', CHANNEL, ';', 'display-message', '-p', 'woken', ';'])
  return [...hooks, ...waits.flat(), 'start-server']
}
