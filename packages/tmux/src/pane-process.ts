import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { serverPid } from './incarnation.ts'

/**
 * What can be seen of the process of a pane without a call of tmux, on Linux and where the processes of the server are
 * visible.
 *
 * - `launching`: the launch script still runs.
 * - `starting`: the command has started, and has not waited for anything yet.
 * - `resting`: the command waits for something.
 * - `ended`: the process has ended.
 * - `unseen`: nothing can be seen.
 */
type Seen = 'launching' | 'starting' | 'resting' | 'ended' | 'unseen'

interface Stat {
  readonly state: string
  readonly parent: string
}

// `readFileSync()` takes a new buffer of 64 KiB for each file of /proc, and the garbage of 50 looks a second costs more than the
// looks. The name of the program, which comes before what is read here, has at most 64 bytes.
const head = Buffer.allocUnsafe(256)

function headOf(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    return head.toString('latin1', 0, readSync(descriptor, head, 0, head.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

function statOf(pid: number): Stat | undefined {
  try {
    const [, state, parent] = /^\d+ \(.*\) (\S) (\d+) /s.exec(headOf(`/proc/${pid}/stat`)) ?? []
    return state === undefined || parent === undefined || state === 'Z' ? undefined : { state, parent }
  } catch {
    return undefined
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** Watches the process of one pane. */
export interface PaneProcess {
  /** Whether the process was seen once and has ended since. */
  hasEnded(): boolean
  look(): Seen
}

/**
 * Makes a {@link PaneProcess}. The process counts as seen when it is a child of the server. So a process that gets the
 * same id later, or has it in another container, is not taken for it. `mark` is in the arguments of the launch script.
 */
export function paneProcess(pid: number, server: string, mark?: string): PaneProcess {
  let wasSeen = false
  const isOurs = (stat: Stat | undefined): stat is Stat => stat?.parent === serverPid(server)
  const look = (): Seen => {
    const stat = statOf(pid)
    if (!isOurs(stat)) return wasSeen ? 'ended' : 'unseen'
    wasSeen = true
    if (mark !== undefined && textOf(`/proc/${pid}/cmdline`).includes(mark)) return 'launching'
    if (stat.state !== 'S') return 'starting'
    // A shell that waits for its first command is not at rest.
    return textOf(`/proc/${pid}/task/${pid}/children`).trim() === '' ? 'resting' : 'starting'
  }
  return {
    look,
    hasEnded() {
      const ours = isOurs(statOf(pid))
      const ended = wasSeen && !ours
      wasSeen ||= ours
      return ended
    },
  }
}
