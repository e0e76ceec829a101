import { setTimeout as sleep } from 'node:timers/promises'
import { HostError } from '@sessionkeep/contracts/host'
import type { TmuxClient } from './client.ts'
import type { Deadline } from './deadline.ts'
import { findProcess, type LivingProcess } from './find-process.ts'
import { serverPid } from './incarnation.ts'

/**
 * The tmux servers that have answered this host. A server whose socket file was removed goes on with its sessions,
 * while tmux reports that there is no server, or another one has taken the socket. So sessions count as gone only
 * when the process of their server is seen to have ended.
 */
export interface Servers {
  /** Whether a server has answered and is not known to have ended. */
  readonly anyKnown: boolean
  /** Whether this server has answered and is not known to have ended. */
  isKnown(server: string): boolean
  /** Records the server that answered. Rejects with `HOST_UNAVAILABLE` when another known server still runs. */
  noteAnswer(server: string, deadline: Deadline): Promise<void>
  /** Resolves when no known server, nor `also`, runs. Rejects with `HOST_UNAVAILABLE` otherwise. */
  proveNone(deadline: Deadline, also?: string): Promise<void>
  /**
   * Resolves when `server` has ended; `answering` is the server that has the socket now. Rejects with
   * `HOST_UNAVAILABLE` otherwise.
   */
  proveEnded(server: string, answering: string, deadline: Deadline): Promise<void>
  /** Forgets all servers, because the place where they ran does not exist any more. */
  forgetAll(): void
}

// A server that shuts down removes its socket first and exits a moment later.
const ENDING_MS = 300
const POLL_EVERY_MS = 20
// In another pid namespace (a socket mounted into a container) the process is not visible from here.
const UNSEEN = 'unseen'
const isTmux = (found: LivingProcess | undefined): found is LivingProcess => /tmux/.test(found?.command ?? '')

export function tmuxServers(client: TmuxClient): Servers {
  /**
   * Known servers by `pid.start`, with the start time of their process: undefined when it could not be read, UNSEEN
   * when the process is not visible from here.
   */
  const known = new Map<string, string | undefined>()

  async function lives(server: string, deadline: Deadline): Promise<boolean> {
    let found: LivingProcess | undefined
    try {
      found = await findProcess(client, serverPid(server), deadline)
    } catch (cause) {
      const message = `no tmux server answers, and whether the one with pid ${serverPid(server)} still runs cannot be seen`
      throw new HostError('HOST_UNAVAILABLE', message, { cause, context: { server } })
    }
    if (!found) return false
    const startTime = known.get(server)
    // Another process with the same id has another start time. A server seen only by an earlier run is recognised by
    // its command name.
    return startTime === undefined ? isTmux(found) : startTime === found.startTime
  }

  async function proveOneEnded(server: string, deadline: Deadline): Promise<void> {
    const giveUp = performance.now() + Math.min(ENDING_MS, deadline.remaining() / 2)
    while (await lives(server, deadline)) {
      if (performance.now() < giveUp) {
        await sleep(POLL_EVERY_MS)
        continue
      }
      const pid = serverPid(server)
      throw new HostError(
        'HOST_UNAVAILABLE',
        `the tmux server with pid ${pid} runs, but its socket is lost; \`kill -USR1 ${pid}\` creates the socket again`,
        { context: { pid: Number(pid) } },
      )
    }
    known.delete(server)
  }

  async function proveEnded(server: string, answering: string, deadline: Deadline): Promise<void> {
    if (server === answering) return
    if (serverPid(server) === serverPid(answering)) known.delete(server)
    else await proveOneEnded(server, deadline)
  }

  return {
    get anyKnown() {
      return known.size > 0
    },

    isKnown: (server) => known.has(server),

    async noteAnswer(server, deadline) {
      if (known.has(server) && known.size === 1) return
      for (const other of [...known.keys()]) await proveEnded(other, server, deadline)
      const startTime = await findProcess(client, serverPid(server), deadline).then(
        (found) => (isTmux(found) ? found.startTime : UNSEEN),
        () => undefined,
      )
      known.set(server, startTime)
    },

    async proveNone(deadline, also) {
      for (const server of new Set([...known.keys(), ...(also === undefined ? [] : [also])])) {
        await proveOneEnded(server, deadline)
      }
    },

    proveEnded,
    forgetAll: () => known.clear(),
  }
}
