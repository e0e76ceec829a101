#!/usr/bin/env node
import { setImmediate } from 'node:timers/promises'
import { codeOf } from '@sessionkeep/contracts'
import { Interrupted } from './errors.ts'
import { run } from './run.ts'

const { stdout, stderr, env } = process
const interrupted = new AbortController()

/** What is being written. */
const pending = new Set<Promise<void>>()

/** The streams that nobody reads any more. */
const unread = new Set<NodeJS.WriteStream>()

/** Resolves when the user interrupts the command. */
const signalled = new Promise<void>((resolve) => {
  interrupted.signal.addEventListener('abort', () => resolve(), { once: true })
})

/** Writes to a stream, unless nobody reads it. Resolves when that is done, or has failed, or the user interrupts the command. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (unread.has(stream)) return Promise.resolve()
  const written = new Promise<void>((resolve) => {
    stream.write(text, (error) => {
      if (codeOf(error) === 'EPIPE') unread.add(stream)
      resolve()
    })
  })
  pending.add(written)
  void written.then(() => pending.delete(written))
  return Promise.race([written, signalled])
}

// The reader of the output may stop reading, as `head` does. That is no error, and the command may have more to do than to write.
// Any other failure, such as a full disk, means that the output is incomplete.
for (const stream of [stdout, stderr]) {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    unread.add(stream)
    if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return
    if (stream === stdout) void write(stderr, `error: The output cannot be written: ${message} (${code})\n`)
    process.exit(1)
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Lets the command end by itself. The next signal, whichever it is, ends the process at once. */
function interrupt(signal: (typeof SIGNALS)[number]): void {
  for (const each of SIGNALS) process.off(each, interrupt)
  interrupted.abort(new Interrupted(signal))
}

for (const signal of SIGNALS) process.on(signal, interrupt)

const code = await run(process.argv.slice(2), {
  out: (text) => write(stdout, text),
  get isUnread() {
    return unread.has(stdout)
  },
  err: (text) => void write(stderr, text),
  stdin: process.stdin,
  isTerminal: stderr.isTTY === true,
  hasColour: stdout.isTTY === true && !env.NO_COLOR,
  // A terminal that does not know its size reports 0 columns. The size may change while the command runs.
  get columns() {
    return stdout.columns || undefined
  },
  get errColumns() {
    return stderr.columns || undefined
  },
  env,
  cwd: process.cwd(),
  signal: interrupted.signal,
  now: Date.now,
})
await Promise.race([Promise.all(pending), signalled])
// What the reader takes is written at once, and this hears of it.
await setImmediate()
// After a signal, what the reader does not take is cut off.
const { reason } = interrupted.signal
const isCutOff = reason instanceof Interrupted && pending.size > 0
// A store whose call was given up may keep the process from ending.
process.exit(isCutOff ? reason.exitCode : code)
