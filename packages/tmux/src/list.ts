import type { HostSession } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { parseRows, rowFormat } from './rows.ts'

/** Lists the sessions. An empty list is returned only when it is proven that there are none. */
export async function list({ client, servers, panes, stamps, newDeadline }: HostContext): Promise<HostSession[]> {
  const deadline = newDeadline()
  const mark = newMark()
  // The first line names the server even if it has no sessions. The last line proves that the output is complete.
  const end = `${mark}end`
  const args = [
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
  // The server was just ending. A second call shows whether there is a server now.
  if (reply.verdict === 'exited') reply = await client.tmux(args, { deadline })

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
  return rows.map(({ session }) => session)
}
