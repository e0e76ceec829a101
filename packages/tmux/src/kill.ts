import type { SessionRef } from '@sessionkeep/core'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { provenGone } from './proven-gone.ts'
import { type Target, targetOf } from './target.ts'

function killArguments({ session, server }: Target, mark: string): string[] {
  const killSession = `kill-session -t '${session}'`
  if (server === undefined) return ['kill-session', '-t', session]
  const other = `display-message -p '${mark} #{pid}.#{start_time}'`
  return ['if-shell', '-F', `#{==:#{pid}.#{start_time},${server}}`, killSession, other]
}

export async function kill(context: HostContext, ref: SessionRef): Promise<void> {
  const { client, servers, newDeadline } = context
  const target = targetOf(ref)
  if (!target) return
  const deadline = newDeadline()
  const mark = newMark()
  const args = killArguments(target, mark)
  let reply = await client.tmux(args, { deadline })
  // The server that ended meanwhile, or ends with this session: the second answer tells.
  if (reply.verdict === 'exited') reply = await client.tmux(args, { deadline })

  const answering = new RegExp(`^${mark} (\\S+)$`, 'm').exec(reply.stdout)?.[1]
  if (answering !== undefined && target.server !== undefined) {
    await servers.proveEnded(target.server, answering, deadline)
    return
  }
  // kill-session takes the session off the server's list before it answers, whatever its processes do then.
  if (reply.verdict === 'done') return
  if (await provenGone(context, target, reply, deadline)) return
  throw commandError('HOST_UNAVAILABLE', reply.facts)
}
