import type { SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import type { RunOptions } from './client.ts'
import type { Deadline } from './deadline.ts'
import { commandError, sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { findPane, type PaneTarget } from './panes.ts'
import { provenGone } from './proven-gone.ts'
import type { Reply } from './reply.ts'

/** A command to run in a pane. */
export interface PaneCommand {
  /** Commands that run first in the same call, unconditionally. */
  readonly before?: readonly string[]
  /**
   * Returns the commands to run if the pane exists. They may contain only literals and safe names, because tmux
   * parses them.
   */
  readonly run: (pane: string) => string
  /** The commands to run if the pane does not exist. */
  readonly otherwise?: string
  /** Whether the commands also run when the program in the pane has exited. */
  readonly allowExited?: boolean
}

/** Does nothing but check that the pane exists. */
const CHECK_ONLY: PaneCommand = { run: () => 'start-server', allowExited: true }

const both = (a: string, b: string) => `#{&&:${a},${b}}`
// In tmux 3.3a, pasting into a pane whose program has exited crashes the server and ends all its sessions.
const TAKES_INPUT = both('#{==:#{pane_dead},0}', '#{==:#{pane_input_off},0}')

function conditionalArguments({ pane, server }: PaneTarget, command: PaneCommand, mark: string): string[] {
  const { before, run, otherwise, allowExited } = command
  const isTarget = both(`#{==:#{pid}.#{start_time},${server}}`, `#{==:#{pane_id},${pane}}`)
  const condition = allowExited ? isTarget : both(isTarget, TAKES_INPUT)
  // The id of the pane is compared here: display-message would read the `%4` of a comparison as a part of a date.
  const report = `display-message -p -t '${pane}' '${mark} #{pid}.#{start_time} #{pane_id} #{pane_dead} #{pane_input_off}'`
  const not = otherwise === undefined ? report : `${otherwise} ; ${report}`
  return [...(before ? [...before, ';'] : []), 'if-shell', '-F', '-t', pane, condition, run(pane), not]
}

async function explain(context: HostContext, target: PaneTarget, reply: Reply, mark: string, deadline: Deadline) {
  const [, server = '', pane, dead, inputOff] =
    new RegExp(`^${mark} (\\S+) (\\S*) (\\S*) (\\S*)$`, 'm').exec(reply.stdout) ?? []
  if (server === target.server && pane === target.pane && dead === '0' && inputOff === '1') {
    return new HostError('HOST_REFUSED', 'the pane takes no input; `select-pane -e` lets it', {
      context: { sessionName: target.sessionName },
    })
  }
  await context.servers.proveEnded(target.server, server, deadline)
  return sessionGone(target.sessionName)
}

/**
 * Runs commands in the pane of a session, in one atomic step with the check that this pane is still the right one.
 * Resolves with what was printed, or rejects with `SESSION_GONE`.
 */
export async function runInPane(
  context: HostContext,
  ref: SessionRef,
  command: PaneCommand,
  options: Omit<RunOptions, 'deadline'> = {},
  deadline: Deadline = context.newDeadline(),
): Promise<string> {
  const target = await findPane(context, ref, deadline)
  const mark = newMark()
  const reply = await context.client.tmux(conditionalArguments(target, command, mark), { ...options, deadline })
  if (reply.verdict === 'done' && !reply.stdout.includes(mark)) return reply.stdout
  if (reply.verdict === 'done') throw await explain(context, target, reply, mark, deadline)
  // The commands are not repeated, because they may have run. Asking again only finds out whether the server, and so
  // its sessions, ended.
  if (reply.verdict === 'exited' && command !== CHECK_ONLY) await runInPane(context, ref, CHECK_ONLY, {}, deadline)
  // Another target that is not found is one of a hook of a user, and says nothing about this session.
  const isMissing = new RegExp(`^can't find pane: ${target.pane}$`, 'm').test(reply.facts.stderr ?? '')
  if (reply.verdict === 'refused' || (reply.verdict === 'no-session' && !isMissing))
    throw commandError('HOST_REFUSED', reply.facts)
  if (await provenGone(context, target.server, reply, deadline)) throw sessionGone(ref.sessionName)
  throw commandError('HOST_UNAVAILABLE', reply.facts)
}
