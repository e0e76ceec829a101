import { readFileSync } from 'node:fs'

/** The longest that the first use of a page of memory takes on a usual machine, ms. */
const USUAL_FAULT_MS = 0.001
/** A larger block is mapped anew by every allocator, so that none of its pages was used before. */
const FRESH_BYTES = 64 * 1024 * 1024
const PAGE_BYTES = 4096
const PAGES = 4000

/**
 * The processor time of this thread so far, in ms. Where the system does not know it, that of the whole process. On some
 * virtual machines the first use of a page of memory takes ten times as long as usual, which says nothing of the code that
 * uses it: what a page takes above 0.001 ms is not counted. The difference of two times may therefore be a little below 0.
 */
export function processorMs(): number {
  const used = usedMs()
  return used === undefined ? ofProcessMs() : used - faults() * extraMs()
}

/** Undefined where the system does not know it. */
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
  // The name of the program stands in parentheses, and may have blanks.
  const afterName = (fields('stat') ?? []).join(' ').split(') ').at(-1) ?? ''
  return Number(afterName.split(' ')[7] ?? 0)
}

let extra: number | undefined

/** What the first use of a page takes on this machine above what is usual, ms. */
function extraMs(): number {
  extra ??= Math.max(0, faultMs() - USUAL_FAULT_MS)
  return extra
}

function faultMs(): number {
  const block = new Uint8Array(FRESH_BYTES)
  const [beganMs, before] = [usedMs() ?? 0, faults()]
  for (let page = 0; page < PAGES; page += 1) block[page * PAGE_BYTES] = 1
  const [tookMs, count] = [(usedMs() ?? 0) - beganMs, faults() - before]
  // A machine with large pages has a few faults only, and each of them takes longer.
  return count < PAGES / 2 ? 0 : tookMs / count
}

/** The fields of a file about this thread; undefined where the system has none. */
function fields(file: 'schedstat' | 'stat'): string[] | undefined {
  try {
    return readFileSync(`/proc/thread-self/${file}`, 'utf8').split(' ')
  } catch {
    return undefined
  }
}
