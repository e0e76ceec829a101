import type { HostSession } from '@sessionkeep/contracts/host'
import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import { list } from './list.ts'
import type { PaneProcess } from './pane-process.ts'

/** The longest wait until a command is at rest after the launch script, ms. A command that computes is not waited for. */
const START_MS = 40
/** The longest wait for a launch script, ms. A busy machine may need long to start it. */
const LAUNCH_MS = 1000
const LOOK_EVERY_MS = 1
/** How often tmux is asked for the end of a process that has ended, until it has noticed the end itself. */
const TRIES = 20
const RETRY_MS = 10

/**
 * Waits until the command of a new session is at rest for the first time, or has ended. Most commands are at rest when
 * the call that created them is answered. Resolves with how the session is then.
 */
export async function settle(
  context: HostContext,
  made: HostSession,
  process: PaneProcess | undefined,
  deadline: Deadline,
): Promise<HostSession> {
  const seen = process ? await firstRest(process, deadline) : 'unseen'
  if (seen !== 'ended' && seen !== 'unseen') return made
  if (seen === 'unseen') await deadline.pause(START_MS)
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = (await list(context, deadline)).find(({ incarnation }) => incarnation === made.incarnation)
    if (!found) return { ...made, exited: true, end: {} }
    if (found.exited || seen === 'unseen') return found
    await deadline.pause(RETRY_MS)
  }
  return { ...made, exited: true, end: {} }
}

async function firstRest(process: PaneProcess, deadline: Deadline): Promise<ReturnType<PaneProcess['look']>> {
  const startedAt = performance.now()
  let launchedAt: number | undefined
  for (;;) {
    const seen = process.look()
    if (seen !== 'launching' && seen !== 'starting') return seen
    const now = performance.now()
    if (seen === 'starting') launchedAt ??= now
    const isLong = launchedAt === undefined ? now - startedAt > LAUNCH_MS : now - launchedAt > START_MS
    if (isLong || deadline.remaining() === 0) return seen
    await deadline.pause(LOOK_EVERY_MS)
  }
}
