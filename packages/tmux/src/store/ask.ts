import { commandError } from '../errors.ts'
import type { HostContext } from '../host-context.ts'
import { formatIncarnation } from '../incarnation.ts'
import { newMark } from '../mark.ts'
import { isPlainName } from '../session-name.ts'
import { quote } from './script.ts'

/** A session and the value of one of its options. */
export interface Row {
  readonly sessionName: string
  readonly incarnation: string
  /** Empty when the option is not set. A session without the option shows the global option of that name. */
  readonly value: string
}

/** A call of {@link ask}. */
export interface Question {
  /** Commands to run first, one per line. */
  readonly commands?: readonly string[]
  /** The format that is evaluated for each session. */
  readonly value: string
  /**
   * The names of the sessions to list.
   *
   * @defaultValue all sessions
   */
  readonly names?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** Above this number, listing all sessions is faster than a filter. */
const MAX_FILTERED = 32

/** Only plain names are safe inside a pattern. */
function filter(names: readonly string[] | undefined): string {
  if (names === undefined || names.length > MAX_FILTERED || !names.every(isPlainName)) return ''
  return ` -f '#{m/r:^(${names.join('|')})$,#{session_name}}'`
}

function script({ commands = [], value, names }: Question, mark: string): string {
  const row = `${mark}#{pid}.#{start_time}.#{session_id}${mark}${value}${mark}#{session_name}${mark}`
  return [
    // The first line names the server even if it has no sessions. The last line proves that the output is complete.
    "display-message -p '#{pid}.#{start_time}'",
    ...commands,
    `list-sessions${filter(names)} -F ${quote(row)}`,
    `display-message -p '${mark}end'`,
    '',
  ].join('\n')
}

/**
 * Runs commands and lists the sessions as they are afterwards, all in one call of tmux. The script is passed through
 * stdin, because tmux limits its arguments to 16 kB. A command that fails does not keep the others from running. An
 * empty result proves that there are no such sessions; rejects with `HOST_UNAVAILABLE` when that is not proven.
 */
export async function ask(context: HostContext, question: Question): Promise<Row[]> {
  const { signal } = question
  const { promise: aborted, stop } = rejectionOf(signal)
  try {
    // Calls wait here for each other. The deadline starts later, in `askNow()`, when the question is asked.
    return await Promise.race([aborted, context.asking(() => askNow(context, question))])
  } finally {
    stop()
  }
}

/** A promise that rejects when the signal is aborted, until `stop()` is called. */
function rejectionOf(signal: AbortSignal): { readonly promise: Promise<never>; stop(): void } {
  let stop = (): void => undefined
  const promise = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  promise.catch(() => undefined)
  return { promise, stop }
}

async function askNow({ client, servers, newDeadline }: HostContext, question: Question): Promise<Row[]> {
  question.signal.throwIfAborted()
  const deadline = newDeadline()
  const mark = newMark()
  const options = { deadline, input: script(question, mark), signal: question.signal, noStart: true }
  let reply = await client.tmux(['source-file', '-'], options)
  // The server was just ending, or the answer was cut off on its way. A second call may safely repeat the commands.
  const isCutOff = reply.verdict === 'done' && !reply.stdout.includes(`${mark}end`)
  if (reply.verdict === 'exited' || isCutOff) reply = await client.tmux(['source-file', '-'], options)

  const end = reply.stdout.lastIndexOf(`${mark}end`)
  const server = /^\d+\.\d+$/m.exec(reply.stdout.split(mark, 1)[0] ?? '')?.[0]
  if (end >= 0 && server !== undefined) {
    await servers.noteAnswer(server, deadline)
    return parse(reply.stdout.slice(0, end), mark)
  }
  if (reply.verdict === 'no-place') servers.forgetAll()
  else if (reply.verdict === 'no-server') await servers.proveNone(deadline)
  else throw commandError('HOST_UNAVAILABLE', reply.facts, 'the answer is incomplete')
  return []
}

function parse(output: string, mark: string): Row[] {
  const [, ...fields] = output.split(mark)
  const rows: Row[] = []
  // Every fourth part is the line break between two rows.
  for (let at = 0; at + 2 < fields.length; at += 4) {
    const [facts = '', value = '', sessionName = ''] = fields.slice(at, at + 3)
    const [, server, id] = /^(\d+\.\d+)\.(\$\d+)$/.exec(facts) ?? []
    if (server && id) rows.push({ sessionName, incarnation: formatIncarnation({ server, id }), value })
  }
  return rows
}
