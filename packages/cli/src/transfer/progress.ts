import { PassThrough } from 'node:stream'
import cliProgress from 'cli-progress'
import type { Io } from '../io.ts'

/** Shows how many records are done. */
export interface Progress {
  update(done: number): void
  stop(): void
}

/** A progress bar on standard error if a person looks at it, and nothing otherwise. */
export function progress(io: Io, what: string, total: number): Progress {
  if (!io.isTerminal || total === 0) return { update: () => undefined, stop: () => undefined }
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 80,
    cursorTo: noop,
    clearLine: noop,
    moveCursor: noop,
  })
  stream.on('data', (chunk: Buffer) => io.err(`\r${chunk.toString()}`))
  const bar = new cliProgress.SingleBar({
    format: `${what} {bar} {percentage}% | {value}/{total} | {duration_formatted}, {eta_formatted} left`,
    stream,
    barsize: 30,
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
