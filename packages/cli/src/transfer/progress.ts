import { PassThrough } from 'node:stream'
import cliProgress from 'cli-progress'
import type { Io } from '../io.ts'

/** The columns of the numbers beside the bar, for a million records that need minutes. */
const BESIDE_THE_BAR = 50

/** A terminal with fewer columns has no room for a bar. */
const NARROW = BESIDE_THE_BAR + 5

/** Shows how many records are done. */
export interface Progress {
  update(done: number): void
  stop(): void
}

/** A progress bar on standard error if a person looks at it, and nothing otherwise. */
export function progress(io: Io, what: string, total: number): Progress {
  if (!io.isTerminal || total === 0) return { update: () => undefined, stop: () => undefined }
  const columns = io.errColumns ?? 80
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns,
    cursorTo: noop,
    clearLine: noop,
    moveCursor: noop,
  })
  stream.on('data', (chunk: Buffer) => io.err(`\r${chunk.toString()}`))
  const bar = new cliProgress.SingleBar({
    format:
      columns < NARROW
        ? `${what} {percentage}% | {value}/{total}, {eta_formatted} left`
        : `${what} {bar} {percentage}% | {value}/{total} | {duration_formatted}, {eta_formatted} left`,
    stream,
    barsize: Math.max(0, Math.min(30, columns - BESIDE_THE_BAR)),
    hideCursor: null,
    etaBuffer: 50,
    forceRedraw: true,
  })
  bar.start(total, 0)
  return {
    update: (done) => bar.update(done),
    stop() {
      bar.stop()
      io.err('\n')
    },
  }
}

const noop = (): boolean => true
