import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from '@sessionkeep/contracts'

/** The process that holds a lock or a lease, as it described itself there. */
export interface Holder {
  readonly pid: number
  readonly host: string
  readonly owner: string | null
  readonly since: string
  /**
   * The start time of that process, in the format of the system. Another process with the same pid has another start
   * time.
   */
  readonly began: string | null
  /**
   * Identifies the boot of the kernel and the pid namespace; outside of them, a pid means nothing. Null if the system has
   * no such identity, or if an earlier release wrote it.
   */
  readonly kernel: string | null
}

/**
 * Describes this process.
 *
 * @param owner - for whom the lock is held; undefined: it excludes everyone
 *
 * @example
 * const text = JSON.stringify(await thisProcess('gateway-a'))
 */
export async function thisProcess(owner: string | undefined): Promise<Holder> {
  return {
    pid: process.pid,
    host: hostname(),
    owner: owner ?? null,
    since: new Date().toISOString(),
    began: (await beginOf(process.pid)) ?? null,
    kernel: (await thisKernel()) ?? null,
  }
}

/** Parses what a holder wrote; undefined when it does not describe a process. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { pid, host, owner, since, began, kernel } = value as Partial<Record<keyof Holder, unknown>>
    // A pid of 0 or below addresses a process group, which always exists.
    if (typeof pid !== 'number' || pid < 1 || typeof host !== 'string') return undefined
    const word = (field: unknown) => (typeof field === 'string' ? field : null)
    return {
      pid,
      host,
      owner: word(owner),
      since: word(since) ?? 'an unknown time',
      began: word(began),
      kernel: word(kernel),
    }
  } catch (error) {
    // The file was cut short by a kill, or is being written just now.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Whether the process of the holder runs. Undefined when it is on another host or in another container, where that
 * cannot be found out.
 */
export async function isRunning(holder: Holder): Promise<boolean | undefined> {
  if (holder.host !== hostname()) return undefined
  if (holder.kernel !== null && holder.kernel !== (await thisKernel())) return undefined
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  const began = await beginOf(holder.pid)
  return began === undefined || holder.began === null || began === holder.began
}

/** What to do when two gateways are to write at the same time, for the message of `STORE_LOCKED`. */
export const FOR_TWO_WRITERS = 'To run two gateways at once, as on two tmux servers, give each a poolId of its own.'

/** Describes the holder of a lock or a lease for an error message. */
export function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'another process'
  const owner = holder.owner === null ? '' : `, for ${JSON.stringify(holder.owner)}`
  return `process ${holder.pid} on ${holder.host}${owner}, since ${holder.since}`
}

async function thisKernel(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`
  } catch {
    // Only Linux has these files.
    return undefined
  }
}

async function beginOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command, which may contain spaces and brackets. The 22nd is the start time in ticks
    // since boot.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return await beginByPs(pid)
  }
}

function beginByPs(pid: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) => resolve(error ? undefined : stdout.trim()))
  })
}
