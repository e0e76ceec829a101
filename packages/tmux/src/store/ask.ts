import { commandError } from '../errors.ts'
import type { HostContext } from '../host-context.ts'
import { formatIncarnation } from '../incarnation.ts'
import { newMark } from '../mark.ts'
import { isPlainName } from '../session-name.ts'
import { quote } from './script.ts'

/** A session, and what stands under one of its options. */
export interface Row {
  readonly sessionName: string
  readonly incarnation: string
  /** Empty where there is nothing, and for a session without the option that of the same global one. */
  readonly value: string
}

export interface Question {
  /** Commands that come first, each a line. */
  readonly commands?: readonly string[]
  /** What is wanted of each session. */
  readonly value: string
  /** The sessions that are wanted. Default: every one. */
  readonly names?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** More are found faster in a whole listing. */
const MOST_SOUGHT = 32

/** Plain names alone can stand in a pattern as they are. */
function filter(names: readonly string[] | undefined): string {
  if (names === undefined || names.length > MOST_SOUGHT || !names.every(isPlainName)) return ''
  return ` -f '#{m/r:^(${names.join('|')})$,#{session_name}}'`
}

function script({ commands = [], value, names }: Question, mark: string): string {
  const row = `${mark}#{pid}.#{start_time}.#{session_id}${mark}${value}${mark}#{session_name}${mark}`
  return [
    // The first line tells of the server even if it has no session; the last, that nothing was cut off on the way.
    "display-message -p '#{pid}.#{start_time}'",
    ...commands,
    `list-sessions${filter(names)} -F ${quote(row)}`,
    `display-message -p '${mark}end'`,
    '',
  ].join('\n')
}

/**
 * Runs commands and answers how the sessions stand after them, all in one call of tmux, that goes through its stdin: an
 * argument list of tmux ends at 16 kB. A command that fails keeps none of the others from being run.
 * No rows: it is proven that there are no sessions. Rejects with `HOST_UNAVAILABLE` where that is not known.
 */
export async function ask({ client, servers, newDeadline }: HostContext, question: Question): Promise<Row[]> {
  const deadline = newDeadline()
  const mark = newMark()
  const options = { deadline, input: script(question, mark), signal: question.signal, noStart: true }
  let reply = await client.tmux(['source-file', '-'], options)
  // A server that was just ending: whoever asks again learns whether there is one. What was done may be done twice.
  if (reply.verdict === 'exited') reply = await client.tmux(['source-file', '-'], options)

  const end = reply.stdout.lastIndexOf(`${mark}end`)
  const server = /^\d+\.\d+$/m.exec(reply.stdout.split(mark, 1)[0] ?? '')?.[0]
  if (end >= 0 && server !== undefined) {
    await servers.meet(server, deadline)
    return parse(reply.stdout.slice(0, end), mark)
  }
  if (reply.verdict === 'no-place') servers.forgetAll()
  else if (reply.verdict === 'no-server') await servers.proveNone(deadline)
  else throw commandError('HOST_UNAVAILABLE', reply.facts, 'the answer is not whole')
  return []
}

function parse(output: string, mark: string): Row[] {
  const [, ...fields] = output.split(mark)
  const rows: Row[] = []
  // Every fourth piece is the newline between two rows.
  for (let at = 0; at + 2 < fields.length; at += 4) {
    const [facts = '', value = '', sessionName = ''] = fields.slice(at, at + 3)
    const [, server, id] = /^(\d+\.\d+)\.(\$\d+)$/.exec(facts) ?? []
    if (server && id) rows.push({ sessionName, incarnation: formatIncarnation({ server, id }), value })
  }
  return rows
}
