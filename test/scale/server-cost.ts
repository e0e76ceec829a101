import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'

/** The length of a tick of `/proc/<pid>/stat`, ms. It is the same on every Linux. */
const TICK_MS = 10

interface Process {
  readonly pid: string
  readonly parent: string
  /** The processor time of the process itself, ms. */
  readonly own: number
  /** The processor time of its children that have ended, ms. */
  readonly ended: number
}

/**
 * The processor time that a server and all its processes have used so far, ms. Other work on the machine changes it little,
 * unlike the time that a clock shows.
 */
export function processorMsOf(server: Server): number {
  const all = processes()
  // A server works in its own directory, whatever it calls itself.
  const roots = all.filter(({ pid }) => directoryOf(pid) === server.directory)
  const family = new Set(roots.map(({ pid }) => pid))
  for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  return all.filter(({ pid }) => family.has(pid)).reduce((sum, { own, ended }) => sum + own + ended, 0)
}

/** The processor time of this process so far, ms. */
export function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [, parent = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
      const [user, system, endedUser, endedSystem] = fields.slice(9, 13).map(Number)
      return [
        {
          pid,
          parent,
          own: TICK_MS * ((user ?? 0) + (system ?? 0)),
          ended: TICK_MS * ((endedUser ?? 0) + (endedSystem ?? 0)),
        },
      ]
    } catch {
      // It has ended since the directory was read.
      return []
    }
  })
}

function directoryOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}
