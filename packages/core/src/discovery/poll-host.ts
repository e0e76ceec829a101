import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/timeout.ts'
import type { Logger } from '../contracts/logger.ts'
import type { HostSession, SessionHost } from '../contracts/session-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Events } from '../sessions/events.ts'

/** The most that a host may take to list its sessions, ms; hosts have a shorter time-out of their own. */
const LIST_TIMEOUT_MS = 30_000

/** Whether the host could say what lives when it was last asked; `unknown` before that. */
export interface HostState {
  readonly state: 'available' | 'unavailable' | 'unknown'
  readonly reason: string | undefined
}

/** Asks the host of a pool what lives, opens it before that, and reports when it stops and starts being able to say. */
export function createHostPoller(host: SessionHost, logger: Logger, events: Events, clock: Clock) {
  /** The one opening of the host; undefined before it, and after it failed. */
  let opened: Promise<void> | undefined
  let hasListed = false
  let state: HostState = { state: 'unknown', reason: undefined }

  const ask = async (): Promise<HostSession[]> => {
    opened ??= Promise.resolve(host.open?.()).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    const listing = opened.then(() => host.list()).then((live) => ({ live }))
    const answer = await atMost(LIST_TIMEOUT_MS, listing, clock)
    if (!answer) throw new Error(`no answer within ${LIST_TIMEOUT_MS} ms`)
    if (!Array.isArray(answer.live)) throw new TypeError('list() gave no list')
    return answer.live
  }

  return {
    state: (): HostState => ({ ...state }),
    /** Whether the host has said once what lives. */
    hasListed: (): boolean => hasListed,
    /** Every session of the host, or why it could not say. */
    async list(): Promise<HostSession[] | PoolError> {
      try {
        const live = await ask()
        if (state.state === 'unavailable') events.emit('host:available', { host: host.name })
        state = { state: 'available', reason: undefined }
        hasListed = true
        return live
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        const message = `${host.name} cannot say which sessions live: ${reason}`
        const error = new PoolError('HOST_UNAVAILABLE', message, { cause })
        if (state.state !== 'unavailable') {
          const fields = { host: host.name, code: error.code, err: cause }
          logger.warn(fields, 'Host unavailable - sessions are left as they are')
          events.emit('host:unavailable', { host: host.name, error })
        }
        state = { state: 'unavailable', reason }
        return error
      }
    },
  }
}

export type HostPoller = ReturnType<typeof createHostPoller>
