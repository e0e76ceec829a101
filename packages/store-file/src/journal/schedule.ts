import { MAX_SEGMENT_BYTES } from './segments.ts'

const MIN_LAG_MS = 5_000
const MAX_LAG_MS = 30_000
const LAG_PER_RECORD_MS = 600
// The records of a journal with more bytes than this are brought to their files as soon as the rest after the last checkpoint is over.
const MUCH = MAX_SEGMENT_BYTES
// With more bytes than this there is no rest: a journal must fit on the disk, and be read quickly after a crash.
const TOO_MUCH = 4 * MAX_SEGMENT_BYTES
// After each checkpoint there is a rest that is this many times as long. So the checkpoints take at most about a twentieth of the time.
const REST = 20

/** What {@link createSchedule} needs. */
export interface ScheduleOptions {
  /** How many records have to be brought to their files, and the bytes of the journal; undefined when there is nothing to do. */
  readonly due: () => { readonly records: number; readonly bytes: number } | undefined
  readonly checkpoint: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/** How long the files may lag behind the journal, ms. */
export function lagMs(records: number, bytes: number): number {
  return bytes > MUCH ? 0 : Math.min(Math.max(records * LAG_PER_RECORD_MS, MIN_LAG_MS), MAX_LAG_MS)
}

/**
 * Makes the timer that brings records to their files. The fewer records there are, the sooner it runs, because few cost
 * little.
 */
export function createSchedule({ due, checkpoint, onError }: ScheduleOptions) {
  let timer: { readonly handle: NodeJS.Timeout; readonly at: number } | undefined
  let isUnderWay = false
  let isStopped = false
  let last = { tookMs: 0, endedAt: Number.NEGATIVE_INFINITY }
  let since: number | undefined

  const go = async (): Promise<void> => {
    timer = undefined
    isUnderWay = true
    const startedAt = performance.now()
    since = undefined
    try {
      await checkpoint()
    } catch (error) {
      onError(error)
    } finally {
      isUnderWay = false
      last = { tookMs: performance.now() - startedAt, endedAt: performance.now() }
      plan()
    }
  }

  const plan = (): void => {
    const work = due()
    if (isStopped || isUnderWay || !work) return
    const now = performance.now()
    since ??= now
    const at = Math.max(
      since + lagMs(work.records, work.bytes),
      last.endedAt + (work.bytes > TOO_MUCH ? 0 : REST * last.tookMs),
    )
    if (timer && Math.abs(timer.at - at) < 1000) return
    clearTimeout(timer?.handle)
    timer = { handle: setTimeout(() => void go(), Math.max(at - now, 0)).unref(), at }
  }

  return {
    /** Plans the next checkpoint, if there is something to do. */
    plan,
    /** Begins no further checkpoint. */
    stop(): void {
      isStopped = true
      clearTimeout(timer?.handle)
    },
  }
}
