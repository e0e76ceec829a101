import { readFileSync } from 'node:fs'

/** The longest that the first use of a page of memory takes on a usual machine, ms. */
const USUAL_FAULT_MS = 0.001
/** The size of a block that every allocator maps anew, so that none of its pages was used before. */
const FRESH_BYTES = 64 * 1024 * 1024
const PAGE_BYTES = 4096
const PAGES = 4000

/**
 * The processor time of this thread so far, in ms. If the system does not report it, the time of the whole process. On
 * some virtual machines the first use of a page of memory takes ten times as long as usual. That says nothing about the
 * code, so the time above 0.001 ms for a page is not counted. The difference of two results may therefore be a little
 * below 0.
 */
export function processorMs(): number {
  const used = usedMs()
  return used === undefined ? ofProcessMs() : used - faults() * extraMs()
}

/** The processor time that the system reports for this thread, ms; undefined if it reports none. */
function usedMs(): number | undefined {
  const [used] = fields('schedstat') ?? []
  return used === undefined ? undefined : Number(used) / 1e6
}

function ofProcessMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** How many pages of memory this thread has used for the first time. */
function faults(): number {
  // The name of the program is in parentheses, and may contain blanks.
  const afterName = (fields('stat') ?? []).join(' ').split(') ').at(-1) ?? ''
  return Number(afterName.split(' ')[7] ?? 0)
}

let extra: number | undefined

/** How much longer than usual the first use of a page takes on this machine, ms. */
function extraMs(): number {
  extra ??= Math.max(0, faultMs() - USUAL_FAULT_MS)
  return extra
}

function faultMs(): number {
  const block = new Uint8Array(FRESH_BYTES)
  const [beganMs, before] = [usedMs() ?? 0, faults()]
  for (let page = 0; page < PAGES; page += 1) block[page * PAGE_BYTES] = 1
  const [tookMs, count] = [(usedMs() ?? 0) - beganMs, faults() - before]
  // A machine with large pages has only a few faults, and each of them takes longer.
  return count < PAGES / 2 ? 0 : tookMs / count
}

/** The fields of a file of /proc about this thread; undefined if the system has no such file. */
function fields(file: 'schedstat' | 'stat'): string[] | undefined {
  try {
    return readFileSync(`/proc/thread-self/${file}`, 'utf8').split(' ')
  } catch {
    return undefined
  }
}
