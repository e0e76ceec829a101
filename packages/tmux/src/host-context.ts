import { createQueue } from '@sessionkeep/store-kit'
import type { TmuxClient } from './client.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { createPaneCache, type PaneCache } from './pane-cache.ts'
import { type Servers, tmuxServers } from './servers.ts'
import type { Waiter } from './watch.ts'

/** The state that every verb of the host shares. */
export interface HostContext {
  readonly client: TmuxClient
  readonly servers: Servers
  readonly panes: PaneCache
  /** Runs what is typed into one session, the key, in the order of the calls. */
  readonly inTurn: ReturnType<typeof createQueue>
  /** What waits for signals of the server. */
  readonly waiters: Set<Waiter>
  /** Servers that were seen to run where this host cannot reach them. */
  readonly serversElsewhere: Set<string>
  /** Servers that are known to have ended. */
  readonly endedServers: Set<string>
  /** The last screens of ended sessions that were read already, by session, pane and time. */
  lastScreens: ReadonlyMap<string, string>
  /** The default pause between a text and its Enter, ms. */
  readonly submitDelayMs: number
  /** Starts the deadline of one call. */
  newDeadline(): Deadline
}

export function hostContext(client: TmuxClient, submitDelayMs = 0): HostContext {
  return {
    client,
    submitDelayMs,
    servers: tmuxServers(client),
    panes: createPaneCache(client.isRemote),
    inTurn: createQueue(),
    lastScreens: new Map(),
    serversElsewhere: new Set(),
    endedServers: new Set(),
    waiters: new Set(),
    newDeadline: () => startDeadline(client.timeoutMs),
  }
}
