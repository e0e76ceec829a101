import { setTimeout as sleep } from 'node:timers/promises'
import { HostError } from '@sessionkeep/core'
import type { TmuxClient } from './client.ts'
import type { Deadline } from './deadline.ts'
import { findProcess, type LivingProcess } from './find-process.ts'
import { serverPid } from './incarnation.ts'

/**
 * The tmux servers that this host has spoken to. A server whose socket was removed lives on with its sessions, while tmux says that there
 * is none, or another has taken its place: nothing may be concluded from that before the process is seen to be gone.
 */
export interface Servers {
  readonly anyKnown: boolean
  /** Notes the server that answered. Rejects with `HOST_UNAVAILABLE` if another known one still lives. */
  meet(server: string, deadline: Deadline): Promise<void>
  /** Resolves if no known server, nor `also`, lives. Otherwise rejects with `HOST_UNAVAILABLE`. */
  proveNone(deadline: Deadline, also?: string): Promise<void>
  /** Resolves if `server` has ended. `answering` is the one that has the socket now. */
  proveEnded(server: string, answering: string, deadline: Deadline): Promise<void>
  /** The place where they ran is gone, and they with it. */
  forgetAll(): void
}

// A server that was told to end first removes its socket, and is gone a moment later.
const ENDING_MS = 300
const POLL_EVERY_MS = 20
// In another pid namespace (a socket mounted into a container) nothing but the socket can tell.
const UNSEEN = 'unseen'
const isTmux = (found: LivingProcess | undefined): found is LivingProcess => /tmux/.test(found?.command ?? '')

export function tmuxServers(client: TmuxClient): Servers {
  /** By `pid.start`; the value is the startTime of its process, undefined if that could not be asked, UNSEEN if it is not to be seen from here. */
  const known = new Map<string, string | undefined>()

  async function lives(server: string, deadline: Deadline): Promise<boolean> {
    let found: LivingProcess | undefined
    try {
      found = await findProcess(client, serverPid(server), deadline)
    } catch (cause) {
      const message = `no tmux server answers, and whether the one with pid ${serverPid(server)} still lives cannot be seen`
      throw new HostError('HOST_UNAVAILABLE', message, { cause, context: { server } })
    }
    if (!found) return false
    const startTime = known.get(server)
    // A reused process id is told by its startTime or, for a server seen only by an earlier run, by its name.
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
        `the tmux server with pid ${pid} lives, but its socket is lost; \`kill -USR1 ${pid}\` makes it again`,
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

    async meet(server, deadline) {
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
