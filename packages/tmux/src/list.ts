import { HostError } from '@sessionkeep/core'
import type { HostSession } from '@sessionkeep/core/host'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { parseRows, rowFormat } from './rows.ts'

export async function list({ client, servers, panes, newDeadline }: HostContext): Promise<HostSession[]> {
  const deadline = newDeadline()
  const mark = newMark()
  // The first line tells of the server even if it has no session; the last, that nothing was cut off on the way.
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
  // A server that was just ending: whoever asks again learns whether there is one.
  if (reply.verdict === 'exited') reply = await client.tmux(args, { deadline })

  if (reply.verdict === 'no-place') {
    servers.forgetAll()
    return []
  }
  if (reply.verdict === 'no-server') {
    await servers.proveNone(deadline)
    return []
  }
  // A server without a session lists no panes, and says so as an error.
  const isEmpty = reply.verdict === 'no-session' && /^\d+\.\d+\n/.test(reply.stdout)
  if (reply.verdict !== 'done' && !isEmpty) throw commandError('HOST_UNAVAILABLE', reply.facts)

  const server = /^\d+\.\d+$/m.exec(reply.stdout.split(mark, 1)[0] ?? '')?.[0]
  if (server === undefined || !(isEmpty || reply.stdout.includes(end))) {
    throw new HostError('HOST_UNAVAILABLE', 'tmux list-panes: an answer that is not whole', {
      context: { ...reply.facts },
    })
  }
  await servers.meet(server, deadline)
  const rows = parseRows(reply.stdout, mark)
  panes.keep(rows)
  return rows.map(({ session }) => session)
}
