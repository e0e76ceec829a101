import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import type { Deadline } from './deadline.ts'
import { commandError, isGone } from './errors.ts'
import { hasGuests } from './guests.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { POOL_OPTION } from './pane-stamp.ts'
import { findPane, type PaneTarget } from './panes.ts'
import { type ProcessIdentity, processTree, signalAll, stillRunning } from './process-tree.ts'
import { provenGone } from './proven-gone.ts'
import { STAMP_OPTION } from './stamp.ts'

/** Waiting times after each signal, ms. tmux itself sends the first signal, a hang-up. */
const AFTER_HANGUP_MS = 500
const AFTER_TERM_MS = 1000
const AFTER_KILL_MS = 500
const POLL_EVERY_MS = 25

/**
 * Ends a session and every process that its command started: a hang-up as the terminal closes, then TERM, then KILL.
 * Resolves when none of these processes runs any more, so that the same work cannot run twice.
 */
export async function kill(context: HostContext, ref: SessionRef): Promise<void> {
  const deadline = context.newDeadline()
  const target = await findPane(context, ref, deadline).catch(gone)
  if (!target) return closeSession(context, ref, deadline)
  const tree = await treeOf(context, target, deadline)
  await close(context, target, deadline)
  await endAll(context, tree)
}

/** Closes a session whose pane is gone. Does nothing when the session is gone too. */
async function closeSession(context: HostContext, ref: SessionRef, deadline: Deadline): Promise<void> {
  const [, server, session] = /^(\d+\.\d+)\.(\$\d+)$/.exec(ref.incarnation ?? '') ?? []
  if (server === undefined || session === undefined) return
  await close(context, { server, session }, deadline)
}

function gone(error: unknown): undefined {
  if (isGone(error)) return undefined
  throw error
}

async function treeOf(
  context: HostContext,
  { pane, server }: PaneTarget,
  deadline: Deadline,
): Promise<ProcessIdentity[]> {
  const format = `#{pid}.#{start_time} #{pane_id} #{pane_dead} #{pane_pid}`
  const reply = await context.client.tmux(['display-message', '-p', '-t', pane, format], { deadline, noStart: true })
  const [of, id, dead, pid] = reply.stdout.trim().split(' ')
  if (reply.verdict !== 'done' || of !== server || id !== pane || dead !== '0' || !pid) return []
  // When processes cannot be listed, closing the terminal is all that can be done.
  return processTree(context.client, pid, deadline).catch(() => [])
}

/**
 * Closes the session and its pane. The pane is closed separately, because a window that is linked into another
 * session survives the end of its own session. If other panes have to stay, the session stays with them, under
 * another name and without its stamp.
 */
async function close(
  context: HostContext,
  { server, session, pane }: Pick<PaneTarget, 'server' | 'session'> & { readonly pane?: string },
  deadline: Deadline,
): Promise<void> {
  const { client, servers } = context
  const mark = newMark()
  const end = (await hasGuests(context, { server, session, pane }, deadline))
    ? `rename-session -t '${session}' 'left-by-sessionkeep-${session.slice(1)}' ; ${[STAMP_OPTION, POOL_OPTION].map((name) => `set-option -u -t '${session}:' ${name}`).join(' ; ')}`
    : `kill-session -t '${session}'`
  const isServer = `#{==:#{pid}.#{start_time},${server}}`
  const script = [
    `display-message -p '${mark} #{pid}.#{start_time}'`,
    ...(pane === undefined ? [] : [`if-shell -F '${isServer}' "kill-pane -t '${pane}'"`]),
    `if-shell -F '${isServer}' { ${end} }`,
    '',
  ].join('\n')
  const options = { deadline, input: script, noStart: true }
  let reply = await client.tmux(['source-file', '-'], options)
  // The server ended meanwhile, or ends with this session. The second answer decides.
  if (reply.verdict === 'exited') reply = await client.tmux(['source-file', '-'], options)
  const answering = new RegExp(`^${mark} (\\S+)$`, 'm').exec(reply.stdout)?.[1]
  // kill-session fails when kill-pane has already ended the session; that is success.
  if (answering !== undefined) return servers.proveEnded(server, answering, deadline)
  if (await provenGone(context, server, reply, deadline)) return
  throw commandError('HOST_UNAVAILABLE', reply.facts)
}

/** Ends every process of a session's command, and leaves its pane. Resolves when none of them runs any more. */
export async function endProcesses(context: HostContext, target: PaneTarget, deadline: Deadline): Promise<void> {
  const tree = await treeOf(context, target, deadline)
  if (tree.length > 0) await signalAll(context.client, tree, 'HUP', deadline)
  await endAll(context, tree)
}

async function endAll(context: HostContext, tree: readonly ProcessIdentity[]): Promise<void> {
  const deadline = context.newDeadline()
  let left = tree
  const waitFor = async (ms: number): Promise<void> => {
    const until = performance.now() + ms
    for (;;) {
      left = left.length === 0 ? [] : await stillRunning(context.client, left, deadline)
      if (left.length === 0 || performance.now() >= until) return
      await sleep(POLL_EVERY_MS)
    }
  }
  await waitFor(AFTER_HANGUP_MS)
  if (left.length === 0) return
  await signalAll(context.client, left, 'TERM', deadline)
  await waitFor(AFTER_TERM_MS)
  if (left.length === 0) return
  await signalAll(context.client, left, 'KILL', deadline)
  await waitFor(AFTER_KILL_MS)
  if (left.length > 0) {
    const pids = left.map(({ pid }) => Number(pid))
    throw new HostError('HOST_UNAVAILABLE', `the session was closed, but its processes ${pids.join(', ')} still run`, {
      context: { pids },
    })
  }
}
