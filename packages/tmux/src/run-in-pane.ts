import { HostError } from '@sessionkeep/core'
import type { SessionRef } from '@sessionkeep/core/host'
import type { RunOptions } from './client.ts'
import type { Deadline } from './deadline.ts'
import { commandError, sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { findPane, type PaneTarget } from './panes.ts'
import { provenGone } from './proven-gone.ts'
import type { Reply } from './reply.ts'

export interface PaneCommand {
  /** Commands of the same call that need no guard. */
  readonly before?: readonly string[]
  /** Run in one step with the check, if the pane is the one meant; from literals and safe names only: tmux parses it. */
  readonly run: (pane: string) => string
  /** Run instead if it is not. */
  readonly otherwise?: string
  /** Whether a pane whose command has ended will do. */
  readonly exitedToo?: boolean
}

/** Only sees whether the pane is there: its server need not be started any more. */
const NOTHING: PaneCommand = { run: () => 'start-server', exitedToo: true }

const both = (a: string, b: string) => `#{&&:${a},${b}}`
// Pasting into a pane whose command has ended crashes the server of tmux 3.3a, and every session with it.
const TAKES_INPUT = both('#{==:#{pane_dead},0}', '#{==:#{pane_input_off},0}')

function guardArguments({ pane, server }: PaneTarget, guard: PaneCommand, mark: string): string[] {
  const { before, run, otherwise, exitedToo } = guard
  const isMeant = both(`#{==:#{pid}.#{start_time},${server}}`, `#{==:#{pane_id},${pane}}`)
  const condition = exitedToo ? isMeant : both(isMeant, TAKES_INPUT)
  const report = `display-message -p -t '${pane}' '${mark} #{pid}.#{start_time} ${isMeant} #{pane_dead} #{pane_input_off}'`
  const not = otherwise === undefined ? report : `${otherwise} ; ${report}`
  return [...(before ? [...before, ';'] : []), 'if-shell', '-F', '-t', pane, condition, run(pane), not]
}

async function explain(context: HostContext, target: PaneTarget, reply: Reply, mark: string, deadline: Deadline) {
  const [, server = '', meant, dead, inputOff] =
    new RegExp(`^${mark} (\\S+) (\\S*) (\\S*) (\\S*)$`, 'm').exec(reply.stdout) ?? []
  if (meant === '1' && dead === '0' && inputOff === '1') {
    return new HostError('HOST_REFUSED', 'the pane takes no input; `select-pane -e` lets it', {
      context: { sessionName: target.sessionName },
    })
  }
  await context.servers.proveEnded(target.server, server, deadline)
  return sessionGone(target.sessionName)
}

/** Does something to a session's pane in one atomic step on the server, or rejects with `SESSION_GONE`; resolves with what was printed. */
export async function runInPane(
  context: HostContext,
  ref: SessionRef,
  guard: PaneCommand,
  options: Omit<RunOptions, 'deadline'> = {},
  deadline: Deadline = context.newDeadline(),
): Promise<string> {
  const target = await findPane(context, ref, deadline)
  const mark = newMark()
  const reply = await context.client.tmux(guardArguments(target, guard, mark), { ...options, deadline })
  if (reply.verdict === 'done' && !reply.stdout.includes(mark)) return reply.stdout
  if (reply.verdict === 'done') throw await explain(context, target, reply, mark, deadline)
  // Not done twice: it may have been done. But a server that ended has taken its sessions along, and that can be asked.
  if (reply.verdict === 'exited' && guard !== NOTHING) await runInPane(context, ref, NOTHING, {}, deadline)
  if (await provenGone(context, target.server, reply, deadline)) throw sessionGone(ref.sessionName)
  throw commandError('HOST_UNAVAILABLE', reply.facts)
}
