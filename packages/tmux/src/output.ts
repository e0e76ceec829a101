import { type ChildProcess, spawn } from 'node:child_process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkOutput } from '@sessionkeep/contracts'
import type { OutputChunk, OutputOptions, SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { clientEnvironment } from './environment.ts'
import { isGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { createOutputBuffer, type OutputBuffer, type Tap } from './output-buffer.ts'
import { findPane, type PaneTarget } from './panes.ts'
import { runInPane } from './run-in-pane.ts'
import { untilMark } from './until-mark.ts'

const MAX_BYTES = 1024 * 1024
/** Set on a pane whose output goes to a host of ours. */
const OPTION = '@sessionkeep_output'
/** How often it is checked whether the command of a session has ended, ms. */
const CHECK_EVERY_MS = 500
/** How often that is checked where the process cannot be seen, so that tmux has to be asked, ms. */
const ASK_EVERY_MS = 2000
/** For how long nothing may arrive from a dead pane before its output counts as over, ms. See `open`. */
const QUIET_MS = 2000

// Makes a FIFO, prints its path, and then passes on what is written to it. Marks surround both, because an account may
// print something of its own. The script ends when its input ends, which a kill of the gateway also does. Then it closes
// the pipe of the pane, unless a person has put another one there: that ends this one, and so the FIFO. Its arguments are
// the pane, and the words before a command of tmux, which may be killed if the server does not answer. At its end it has the
// FIFO open for both directions, so that no program of tmux waits for ever for a reader of it.
const READER = `
pane=$1; shift
directory=$(mktemp -d /tmp/sessionkeep-XXXXXXXX) || exit 1
trap '{ rm -rf "$directory"; } 4<> "$directory/pipe" || rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM PIPE
mkfifo -m 600 "$directory/pipe" || exit 1
printf '%s %s\\n' "$0" "$directory/pipe"
exec 3<&0
cat "$directory/pipe" </dev/null &
reading=$!
{ read -r _ <&3; kill "$reading"; } >/dev/null 2>&1 &
waiting=$!
wait "$reading" && close= || close="pipe-pane -t '$pane' ; "
kill "$waiting" 2>/dev/null
trap '' PIPE
printf %s "$0"
"$@" if-shell -F -t "$pane" "#{==:#{${OPTION}},$directory/pipe}" "\${close}set-option -p -u -t '$pane' ${OPTION}" </dev/null >/dev/null 2>&1 &
closing=$!
for _ in ${'1 '.repeat(50).trim()}; do kill -0 "$closing" 2>/dev/null || exit 0; sleep 0.1; done
kill "$closing" 2>/dev/null`

const PATH = /^ (\/tmp\/sessionkeep-[A-Za-z0-9]{8}\/pipe)\n/

/** Yields what the program of a session writes from now on, until the session ends. See `SessionHost.output`. */
export async function* output(
  context: HostContext,
  ref: SessionRef,
  options: OutputOptions = {},
): AsyncGenerator<OutputChunk, void, undefined> {
  checkOutput(options)
  const { signal, maxBytes = MAX_BYTES } = options
  signal?.throwIfAborted()
  const target = await findPane(context, ref, context.newDeadline())
  if (signal?.aborted) return
  const buffer = createOutputBuffer(maxBytes)
  const end = () => buffer.end()
  signal?.addEventListener('abort', end)
  let tap: Tap | undefined
  try {
    tap = await tapOf(context, target)
    // The last of the other readers may have left during the wait, and closed the tap.
    if (tap.isClosed()) tap = await tapOf(context, target)
    if (tap.isClosed()) end()
    tap.readers.add(buffer)
    yield { data: new Uint8Array(), lost: 0 }
    for (let chunk = await buffer.next(); chunk; chunk = await buffer.next()) yield chunk
  } finally {
    signal?.removeEventListener('abort', end)
    tap?.readers.delete(buffer)
    if (tap?.readers.size === 0) tap.close()
  }
}

function tapOf(context: HostContext, target: PaneTarget): Promise<Tap> {
  const key = `${target.incarnation} ${target.pane}`
  const present = context.taps.get(key)
  if (present) return present
  const forget = () => {
    if (context.taps.get(key) === opening) context.taps.delete(key)
  }
  const opening = open(context, target, forget)
  context.taps.set(key, opening)
  opening.catch(forget)
  return opening
}

async function open(context: HostContext, target: PaneTarget, onClose: () => void): Promise<Tap> {
  const mark = newMark()
  const words = await context.client.programLine(['sh', '-c', READER, mark, target.pane, ...context.client.tmuxWords])
  if (!words) {
    throw new HostError('HOST_REFUSED', 'the output cannot be read through an exec of your own; use capture()')
  }
  const reader = startReader(context.client, words)
  const readers = new Set<OutputBuffer>()
  let isClosed = false
  const tap: Tap = {
    readers,
    isClosed: () => isClosed,
    close(error) {
      isClosed = true
      clearInterval(checking)
      reader.stdin?.destroy()
      onClose()
      for (const buffer of readers) buffer.end(error)
    },
  }
  // Looked up each time, since a respawn puts another process into the pane.
  const command = () => context.panes.process(target.incarnation)
  // The pane of an ended command stays for a while, and tmux does not close the pipe of a dead pane. Nothing more comes
  // from its program then. The two programs that pass its output on to here may still hold a part, and a busy machine may
  // leave them without a turn for a while. So the output is over once a dead pane has been silent for long.
  let lastArrival = Number.NEGATIVE_INFINITY
  let deadSince: number | undefined
  let isLooking = false
  const check = async () => {
    if (isLooking) return
    isLooking = true
    // What arrived while this process was busy is read before the silence is measured.
    await nextTurn()
    const isDeadNow = (command()?.hasEnded() ?? true) && (await isDead(context, target))
    deadSince = isDeadNow ? (deadSince ?? performance.now()) : undefined
    if (deadSince !== undefined && performance.now() - Math.max(deadSince, lastArrival) >= QUIET_MS) tap.close()
    isLooking = false
  }
  const checking = setInterval(() => void check(), command() ? CHECK_EVERY_MS : ASK_EVERY_MS).unref()
  try {
    const path = await pathFrom(reader, mark, context.client.timeoutMs)
    const pass = untilMark(mark, (data) => {
      for (const buffer of readers) buffer.push(data)
    })
    reader.once('close', async () => {
      if (!isClosed) tap.close(await interruption(context, target, path))
    })
    const connected = firstByte(reader, context.client.timeoutMs, (data) => {
      lastArrival = performance.now()
      pass(data)
    })
    await Promise.all([connected, connect(context, target, path)])
    return tap
  } catch (error) {
    tap.close()
    throw error
  }
}

/** @throws `HOST_UNAVAILABLE` for an error of the system that Node throws instead of emitting it, no memory among them */
function startReader({ environment, isRemote }: HostContext['client'], words: readonly string[]): ChildProcess {
  const [program = '', ...args] = words
  try {
    return spawn(program, args, {
      cwd: '/',
      env: clientEnvironment(process.env, environment, isRemote),
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    })
  } catch (cause) {
    throw new HostError('HOST_UNAVAILABLE', 'the output cannot be read: its reader could not be started', { cause })
  }
}

/** Whether the command of the pane has ended, as tmux says; also true when the session is gone, and false without an answer. */
async function isDead(context: HostContext, target: PaneTarget): Promise<boolean> {
  try {
    const run = (pane: string) => `display-message -p -t '${pane}' '#{pane_dead}'`
    return (await runInPane(context, target, { run, allowExited: true })).trim() === '1'
  } catch (error) {
    return isGone(error)
  }
}

/** Why the output of a pane is over although its command runs; undefined if the command has ended. */
async function interruption(context: HostContext, target: PaneTarget, path: string): Promise<unknown> {
  try {
    const run = (pane: string) => `display-message -p -t '${pane}' '#{pane_dead} #{pane_pipe} #{${OPTION}}'`
    const [dead, piped, of] = (await runInPane(context, target, { run, allowExited: true })).trim().split(' ')
    if (dead === '1') return undefined
    return piped === '1' && of !== path ? takenBySomebody(target) : new HostError('HOST_UNAVAILABLE', CUT_OFF)
  } catch (error) {
    return isGone(error) ? undefined : error
  }
}

const CUT_OFF = 'somebody closed the pipe of the output; read the output again'

function takenBySomebody({ sessionName }: PaneTarget): HostError {
  const context = { sessionName }
  return new HostError('HOST_REFUSED', 'somebody else reads the output of this pane with pipe-pane', { context })
}

/**
 * Lets tmux write the output of the pane to the FIFO, unless somebody else has a pipe there. The program that tmux starts for this
 * first writes an empty line. That line shows that the program runs, since on a busy machine the session may end before it does.
 */
async function connect(context: HostContext, target: PaneTarget, path: string): Promise<void> {
  const said = await runInPane(context, target, {
    run: (pane) =>
      [
        `if-shell -F -t '${pane}' '#{&&:#{pane_pipe},#{==:#{${OPTION}},}}' 'display-message -p taken'`,
        `"pipe-pane -O -t '${pane}' 'exec > ${path}; echo; exec cat' ; set-option -p -t '${pane}' ${OPTION} ${path}"`,
      ].join(' '),
  })
  if (said.includes('taken')) throw takenBySomebody(target)
}

/** Fulfils with the first byte from the reader, or when it ends. All that comes after that byte is passed on. */
function firstByte(reader: ChildProcess, timeoutMs: number, pass: (data: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(new HostError('HOST_UNAVAILABLE', 'tmux did not connect the output with its FIFO in time'))
    const timer = setTimeout(fail, timeoutMs)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    reader.stdout?.once('data', (first: Buffer) => {
      done()
      pass(first.subarray(1))
      reader.stdout?.on('data', pass)
    })
    reader.once('close', done)
  })
}

/** Reads the first line of the reader, which is the path of its FIFO. */
function pathFrom(reader: ChildProcess, mark: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) =>
      reject(new HostError('HOST_UNAVAILABLE', 'no FIFO could be made for the output (mktemp, mkfifo)', { cause }))
    const timer = setTimeout(fail, timeoutMs)
    let text = ''
    const onData = (data: Buffer) => {
      text += data.toString('latin1')
      const [, path] = PATH.exec(text.slice(text.indexOf(mark) + mark.length)) ?? []
      if (path === undefined || !text.includes(mark)) return
      clearTimeout(timer)
      reader.stdout?.off('data', onData)
      resolve(path)
    }
    reader.stdout?.on('data', onData)
    reader.once('error', fail)
    reader.once('exit', () => fail())
  })
}
