import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { timedOut } from './deadline.ts'
import type { Exec } from './exec.ts'
import { createSemaphore } from './semaphore.ts'

// A background process of a prefix (ssh's ControlPersist) can hold the pipes for ever. What the command itself wrote is in them at its exit.
const DRAIN_MS = 200
const MAX_OUTPUT = 256 * 1024 * 1024

/** False when there is nobody left to signal, or when they run as somebody else (sudo): nothing more can be done then. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal)
  } catch {
    return false
  }
}

/** After its exit: reads what is in the pipes, and stops. */
async function letGo(...pipes: (Readable | null)[]): Promise<void> {
  await sleep(DRAIN_MS, undefined, { ref: false })
  for (const pipe of pipes) pipe?.destroy()
}

/** How many commands run at once: each takes descriptors, and a burst of them none of the gateway's. */
const MOST_AT_ONCE = 16
/** What a command takes while it is started: three pipes of two ends, and as many again for the start itself. */
const DESCRIPTORS = 12

/**
 * Throws `EMFILE` where a command could not be started. Without descriptors Node gives the child no pipes, and its error
 * is emitted where nobody can listen yet: that would end the gateway. Nothing runs between this and the start.
 */
function assertDescriptorsFree(): void {
  const taken: number[] = []
  try {
    while (taken.length < DESCRIPTORS) taken.push(openSync('/dev/null', 'r'))
  } finally {
    for (const descriptor of taken) closeSync(descriptor)
  }
}

/** Runs commands as children of this process, each in a process group of its own, so that a late one is ended with all that it started. */
export function execaExec(killGraceMs: number, environment: () => NodeJS.ProcessEnv = () => process.env): Exec {
  const atOnce = createSemaphore(MOST_AT_ONCE)
  return ([program = '', ...words], { input, timeoutMs, signal }) =>
    atOnce(async () => {
      if (signal?.aborted) throw timedOut()
      assertDescriptorsFree()
      const child = execa(program, words, {
        reject: false,
        stripFinalNewline: false,
        detached: true,
        maxBuffer: MAX_OUTPUT,
        extendEnv: false,
        env: environment(),
        // The gateway's own directory may have been removed, and the server keeps the directory of its first client.
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
      child.once('exit', () => letGo(child.stdout, child.stderr))
      const result = await child
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      if (late) throw timedOut()
      // Not the original error: it carries the whole command line, and so what may be secret.
      if (result.exitCode === undefined) {
        const code = result.code ?? result.signal ?? 'UNKNOWN'
        throw Object.assign(new Error(`${program} did not run to its end: ${code}`), { code })
      }
      return { stdout: result.stdout ?? '', stderr: result.stderr ?? '', exitCode: result.exitCode }
    })
}
