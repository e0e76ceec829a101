import { type ChildProcess, spawn } from 'node:child_process'
import type { TmuxClient } from './client.ts'
import { clientEnvironment } from './environment.ts'
import type { HostContext } from './host-context.ts'
import type { PaneProcess } from './pane-process.ts'

/** The channel of `wait-for` that every server uses. A spurious signal only makes a pool list its sessions once more. */
const CHANNEL = 'sessionkeep-ended'
/** A high index in these lists of hooks, so that those of a person stay. */
const INDEX = 870
/** The end of a pane that stays, of one that does not, a pane and a window that were closed, and a closed session. */
const HOOKS = ['pane-died', 'pane-exited', 'after-kill-pane', 'window-unlinked', 'session-closed']
/** The shortest time between two signals, ms: many sessions may end at once. */
const PAUSE_MS = 30
/** The pauses before the next attempt while no server answers, ms. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5000

// Ends with the gateway, however that ends: its end of the pipe is then closed, and nothing is left waiting.
const WAIT = `
exec 3<&0
"$@" </dev/null >/dev/null 2>&1 &
waiting=$!
{ read -r _ <&3; kill "$waiting"; } >/dev/null 2>&1 &
reading=$!
wait "$waiting"
code=$?
kill "$reading" 2>/dev/null
exit "$code"`

/** The time between two looks at processes, ms, and the most processes of one look. */
const LOOK_EVERY_MS = 250
const MOST_LOOKS = 50

/** Wakes at the signals of a server. */
export interface Waiter {
  /** Tries again at once; called when a server is known to answer. */
  retry(): void
  stop(): void
}

/**
 * Calls `onChange` soon after a session may have ended. A client of tmux sleeps until the hooks of the server wake it.
 * Processes are looked at too, because tmux can miss that a child has ended.
 */
export function watch({ client, panes, waiters }: HostContext, onChange: () => void): () => void {
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
  let timer: NodeJS.Timeout | undefined
  let child: ChildProcess | undefined
  let isStopped = false
  let failures = 0

  const ended = (isWoken: boolean): void => {
    child = undefined
    if (isStopped) return
    failures = isWoken ? 0 : failures + 1
    // A server that ends takes its sessions along.
    if (isWoken || failures === 1) onChange()
    startAfter(isWoken ? PAUSE_MS : Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS))
  }
  const start = (): void => {
    const [program = '', ...args] = client.commandLine(waitCommand())
    const started = spawn('sh', ['-c', WAIT, 'sh', program, '-N', ...args], {
      cwd: '/',
      env: clientEnvironment(process.env, client.environment, false),
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    child = started
    started.unref()
    started.once('error', () => started === child && ended(false))
    started.once('exit', (code) => started === child && ended(code === 0))
  }
  const startAfter = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(start, ms).unref()
  }

  startAfter(0)
  return {
    retry() {
      if (!child && failures > 0 && !isStopped) startAfter(0)
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
      child?.stdin?.destroy()
    },
  }
}

function waitCommand(): string[] {
  const hooks = HOOKS.flatMap((hook) => ['set-hook', '-g', `${hook}[${INDEX}]`, `wait-for -S ${CHANNEL}`, ';'])
  return [...hooks, 'wait-for', CHANNEL]
}
