import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { timedOut } from './deadline.ts'
import type { Exec } from './exec.ts'
import { createSemaphore } from './semaphore.ts'

// A background process of a prefix (such as the ControlPersist process of ssh) may hold the pipes open for ever.
// Whatever the command itself printed is in the pipes when it exits, so they are read until nothing more comes.
const QUIET_TURNS = 5
const TURN_MS = 20
/** Ends the wait for a background process that goes on printing. */
const MOST_TURNS = 250
const MAX_OUTPUT = 256 * 1024 * 1024

/**
 * Signals the process group. Returns false when the group is gone or belongs to another user (sudo); nothing more can
 * be done then.
 */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal)
  } catch {
    return false
  }
}

/**
 * Closes the pipes after the exit of the command, once nothing more was read from them in several turns of the event
 * loop. A fixed time would not do: a turn of a busy process can take longer than that.
 */
async function closePipes(...pipes: (Readable | null)[]): Promise<void> {
  const sockets = pipes.flatMap((pipe) => (pipe instanceof Socket ? [pipe] : []))
  const bytesRead = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0)
  const isBuffered = () => sockets.some(({ readableLength }) => readableLength > 0)
  let before = -1
  for (let turn = 0, quiet = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn += 1) {
    await sleep(TURN_MS, undefined, { ref: false })
    // Runs after the pipes of this turn were read.
    await setImmediate()
    const now = bytesRead()
    quiet = now === before && !isBuffered() ? quiet + 1 : 0
    before = now
  }
  for (const pipe of pipes) pipe?.destroy()
}

/**
 * The most commands that run at once. Each takes file descriptors, and a burst must not use up those of the gateway.
 */
const MAX_RUNNING = 16
/**
 * The file descriptors that starting one command takes: three pipes with two ends each, and as many for the start
 * itself.
 */
const DESCRIPTORS = 12

/**
 * Throws `EMFILE` when too few file descriptors are free to start a command. Without them Node gives the child no
 * pipes and emits an error before a listener can be added, which would end the gateway. Nothing else runs between
 * this check and the start.
 */
function assertDescriptorsFree(): void {
  const taken: number[] = []
  try {
    while (taken.length < DESCRIPTORS) taken.push(openSync('/dev/null', 'r'))
  } finally {
    for (const descriptor of taken) closeSync(descriptor)
  }
}

/**
 * Runs commands as children of this process. Each child leads a process group, so that a late command is ended
 * together with all processes that it started.
 */
export function execaExec(killGraceMs: number, environment: () => NodeJS.ProcessEnv = () => process.env): Exec {
  const limited = createSemaphore(MAX_RUNNING)
  return ([program = '', ...words], { input, timeoutMs, signal }) => {
    const until = performance.now() + timeoutMs
    let isQueued = false
    const running = limited(async () => {
      const leftMs = isQueued ? until - performance.now() : timeoutMs
      // The caller of a command whose turn comes too late has given up, and may have asked again.
      if (signal?.aborted || leftMs <= 0) throw timedOut()
      assertDescriptorsFree()
      const child = execa(program, words, {
        reject: false,
        stripFinalNewline: false,
        detached: true,
        maxBuffer: MAX_OUTPUT,
        extendEnv: false,
        env: environment(),
        // The working directory of the gateway may have been removed, and a tmux server keeps the directory of its
        // first client.
        cwd: '/',
        ...(input === undefined ? { stdin: 'ignore' } : { input }),
      })
      let late = false
      const giveUp = () => {
        if (late) return
        late = true
        signalGroup(child.pid, 'SIGTERM')
        setTimeout(() => signalGroup(child.pid, 'SIGKILL'), killGraceMs)
      }
      // When this process was held up, the end of the child may be known but not read yet, and is read first.
      const timer = setTimeout(async () => {
        await setImmediate()
        if (child.exitCode === null && child.signalCode === null) giveUp()
      }, leftMs)
      signal?.addEventListener('abort', giveUp)
      child.once('exit', () => closePipes(child.stdout, child.stderr))
      const result = await child
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      if (late) throw timedOut()
      // The original error is not passed on: it contains the whole command line, which may contain secrets.
      if (result.exitCode === undefined) {
        const code = result.code ?? result.signal ?? 'UNKNOWN'
        throw Object.assign(new Error(`${program} did not run to its end: ${code}`), { code })
      }
      return { stdout: result.stdout ?? '', stderr: result.stderr ?? '', exitCode: result.exitCode }
    })
    isQueued = true
    return running
  }
}
