import type { HostSession } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import type { Deadline } from './deadline.ts'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { screenKey, withLastScreens } from './last-screens.ts'
import { newMark } from './mark.ts'
import { parseRows, rowFormat, type SessionRow } from './rows.ts'

/** How often, and after what pause in ms, tmux is asked again for an exit code that it does not know yet. */
const TRIES = 10
const RETRY_MS = 10

/** Lists the sessions. An empty list is returned only when it is proven that there are none. */
export async function list(context: HostContext, deadline = context.newDeadline()): Promise<HostSession[]> {
  let rows = await askRows(context, deadline)
  // tmux notices first that the terminal was closed, and later how the process ended. It can miss the signal for the
  // latter until another child of the server ends, so `run-shell` starts one.
  for (let tries = 0; tries < TRIES && rows.some((row) => isUndecided(context, row)); tries += 1) {
    await deadline.pause(RETRY_MS)
    rows = await askRows(context, deadline, ['run-shell', '-b', ':', ';'])
  }
  return withLastScreens(context, rows, deadline)
}

/** Whether a session has ended just now, so that tmux does not know yet how. */
function isUndecided({ lastScreens }: HostContext, row: SessionRow): boolean {
  const { end } = row.session
  return end !== undefined && end.exitCode === undefined && end.signal === undefined && !lastScreens.has(screenKey(row))
}

async function askRows(
  { client, servers, panes, stamps }: HostContext,
  deadline: Deadline,
  before: readonly string[] = [],
): Promise<SessionRow[]> {
  const mark = newMark()
  // The first line names the server even if it has no sessions. The last line proves that the output is complete.
  const end = `${mark}end`
  const args = [
    ...before,
    'display-message',
    '-p',
    '#{pid}.#{start_time}',
    ';',
    'list-panes',
    '-a',
    '-F',
    rowFormat(mark),
    ';',
    'display-message',
    '-p',
    end,
  ]
  let reply = await client.tmux(args, { deadline })
  // The server was just ending, or the answer was cut off on its way. A second call shows whether there is a server now.
  const isCutOff = reply.verdict === 'done' && !reply.stdout.includes(end)
  if (reply.verdict === 'exited' || isCutOff) reply = await client.tmux(args, { deadline })

  if (reply.verdict === 'no-place') {
    servers.forgetAll()
    return []
  }
  if (reply.verdict === 'no-server') {
    await servers.proveNone(deadline)
    return []
  }
  // A server without sessions reports an error instead of an empty list of panes.
  const isEmpty = reply.verdict === 'no-session' && /^\d+\.\d+\n/.test(reply.stdout)
  if (reply.verdict !== 'done' && !isEmpty) throw commandError('HOST_UNAVAILABLE', reply.facts)

  const server = /^\d+\.\d+$/m.exec(reply.stdout.split(mark, 1)[0] ?? '')?.[0]
  if (server === undefined || !(isEmpty || reply.stdout.includes(end))) {
    throw new HostError('HOST_UNAVAILABLE', 'tmux list-panes: the answer is incomplete', {
      context: { ...reply.facts },
    })
  }
  await servers.noteAnswer(server, deadline)
  const rows = parseRows(reply.stdout, mark, await stamps())
  panes.replaceAll(rows)
  return rows
}
