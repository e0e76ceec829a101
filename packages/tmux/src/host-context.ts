import type { TmuxClient } from './client.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { knownPanes, type Panes } from './pane-cache.ts'
import { type Servers, tmuxServers } from './servers.ts'
import { createTurns, type Turns } from './turns.ts'

/** What every verb of the host works with. */
export interface HostContext {
  readonly client: TmuxClient
  readonly servers: Servers
  readonly panes: Panes
  /** What is typed into one session is typed in turn. */
  readonly turns: Turns
  /** Between a text and its Enter, ms, where the caller does not say. */
  readonly submitDelayMs: number
  newDeadline(): Deadline
}

export function hostContext(client: TmuxClient, submitDelayMs = 0): HostContext {
  return {
    client,
    submitDelayMs,
    servers: tmuxServers(client),
    panes: knownPanes(),
    turns: createTurns(),
    newDeadline: () => startDeadline(client.timeoutMs),
  }
}
