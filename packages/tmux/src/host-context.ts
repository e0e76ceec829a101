import { createQueue } from '@sessionkeep/store-kit'
import type { TmuxClient } from './client.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import type { LastScreen } from './end.ts'
import { newMark } from './mark.ts'
import type { Tap } from './output-buffer.ts'
import { createPaneCache, type PaneCache } from './pane-cache.ts'
import { createSemaphore } from './semaphore.ts'
import { type Servers, tmuxServers } from './servers.ts'
import { createStamps, type Stamps } from './stamp.ts'
import { keyOf, readStampKey } from './stamp-key.ts'
import type { TmuxOptions } from './tmux-options.ts'
import type { Waiter } from './watch.ts'

/** The most questions of a store that are asked at once. More would only wait for the same server. */
const MOST_QUESTIONS = 4

/** The state that every verb of the host shares. */
export interface HostContext {
  readonly client: TmuxClient
  readonly servers: Servers
  readonly panes: PaneCache
  /** Runs calls that type into the same session one after the other. The key is its incarnation, or else its name. */
  readonly inTurn: ReturnType<typeof createQueue>
  /** Runs the questions of a store, a few at once. The deadline of each begins when it is asked. */
  readonly asking: ReturnType<typeof createSemaphore>
  /** The outputs that are being read, by session and pane. */
  readonly taps: Map<string, Promise<Tap>>
  /** The watches of `onChange`; `retry()` wakes those that lost the server. */
  readonly waiters: Set<Waiter>
  /** Servers that were seen to run where this host cannot reach them. */
  readonly serversElsewhere: Set<string>
  /** Servers that are known to have ended. */
  readonly endedServers: Set<string>
  /** The last screens of ended sessions that were read already, by session, pane and time. */
  lastScreens: ReadonlyMap<string, LastScreen>
  /** The option by which a server of the host's own says that this host has removed the variables that sessions must not inherit. */
  readonly cleanOption: string
  /** Whether this host has set that option on a server. Another server may have the socket now. */
  isCleaned: boolean
  /** The default pause between a text and its Enter, ms. */
  readonly submitDelayMs: number
  /** Options of tmux that each new session gets. */
  readonly tmuxOptions: TmuxOptions
  /** Signs and reads stamps. The key is read at the first call. */
  stamps(): Promise<Stamps>
  /** Starts the deadline of one call. */
  newDeadline(): Deadline
}

export function hostContext(
  client: TmuxClient,
  submitDelayMs = 0,
  stampKey?: string,
  tmuxOptions: TmuxOptions = {},
): HostContext {
  let stamps: Promise<Stamps> | undefined
  return {
    client,
    submitDelayMs,
    tmuxOptions,
    servers: tmuxServers(client),
    panes: createPaneCache(client.isRemote),
    inTurn: createQueue(),
    asking: createSemaphore(MOST_QUESTIONS),
    lastScreens: new Map(),
    cleanOption: `@sessionkeep-clean-${newMark()}`,
    isCleaned: false,
    taps: new Map(),
    serversElsewhere: new Set(),
    endedServers: new Set(),
    waiters: new Set(),
    async stamps() {
      stamps ??= Promise.resolve(stampKey === undefined ? readStampKey() : keyOf(stampKey)).then(createStamps)
      return stamps
    },
    newDeadline: () => startDeadline(client.timeoutMs),
  }
}
