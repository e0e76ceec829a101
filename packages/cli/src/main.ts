#!/usr/bin/env node
import { codeOf } from '@sessionkeep/contracts'
import { Interrupted } from './errors.ts'
import { run } from './run.ts'

const { stdout, stderr, env } = process
const interrupted = new AbortController()

/** What is being written. */
const pending = new Set<Promise<void>>()

/** The streams that nobody reads any more. */
const unread = new Set<NodeJS.WriteStream>()

/** Writes to a stream, unless nobody reads it. Resolves when that is done, or has failed. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (unread.has(stream)) return Promise.resolve()
  const written = new Promise<void>((resolve) => {
    stream.write(text, (error) => {
      if (codeOf(error) === 'EPIPE') unread.add(stream)
      resolve()
    })
  })
  pending.add(written)
  return written.finally(() => pending.delete(written))
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
await Promise.all(pending)
// A store whose call was given up may keep the process from ending.
process.exit(code)
