#!/usr/bin/env node
import { once } from 'node:events'
import { run } from './run.ts'

const { stdout, stderr, env } = process
const interrupted = new AbortController()

// If the reader of the output stops reading, as `head` does, that is no error. Any other failure, such as a full disk,
// means that the output is incomplete.
for (const stream of [stdout, stderr]) {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(0)
    if (stream === stdout) stderr.write(`error: The output cannot be written: ${message} (${code})\n`)
    process.exit(1)
  })
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    interrupted.abort(new Error(`It was interrupted by ${signal}.`))
    process.exitCode = code
  })
}

const code = await run(process.argv.slice(2), {
  async out(text) {
    if (!stdout.write(text)) await once(stdout, 'drain')
  },
  err: (text) => void stderr.write(text),
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
process.exitCode ??= code
