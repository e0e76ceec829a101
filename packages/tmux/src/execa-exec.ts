import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { timedOut } from './deadline.ts'
import type { Exec } from './exec.ts'
import { createSemaphore } from './semaphore.ts'

// A background process of a prefix (such as the ControlPersist process of ssh) may hold the pipes open for ever.
// Whatever the command itself printed is in the pipes when it exits.
const DRAIN_MS = 200
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

/** Closes the pipes shortly after the exit of the command, so that what it printed can still be read. */
async function closePipes(...pipes: (Readable | null)[]): Promise<void> {
  await sleep(DRAIN_MS, undefined, { ref: false })
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
  return ([program = '', ...words], { input, timeoutMs, signal }) =>
    limited(async () => {
      if (signal?.aborted) throw timedOut()
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
      const timer = setTimeout(giveUp, timeoutMs)
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
}
