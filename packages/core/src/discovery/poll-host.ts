import { type Clock, type Logger, messageOf, type StoredRecord } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession, SessionHost, SessionRef, SessionStamp } from '@sessionkeep/contracts/host'
import { checkListing, type HostListing, redact, waitAtMost } from '@sessionkeep/contracts/internal'
import type { Events } from '../sessions/events.ts'

/** The time-out of the calls with which sessions are found, ms. Hosts have a shorter time-out of their own. */
const CALL_TIMEOUT_MS = 30_000
/** The longest text that identifies a boot. */
const MAX_BOOT = 200

/** Whether the host listed its sessions when it was last asked; `unknown` before that. */
export interface HostState {
  readonly state: 'available' | 'unavailable' | 'unknown'
  /** Why the host is unavailable. */
  readonly reason: string | undefined
}

/**
 * Makes the access to the host of a pool: opens it at the first use, lists its sessions, and reports when it becomes unavailable or
 * available. `renamed` puts the present id of the pool in place of a former one.
 */
export function createHostPoller(
  host: SessionHost,
  renamed: (session: HostSession) => HostSession,
  logger: Logger,
  events: Events,
  clock: Clock,
) {
  /** The call of `open()`; undefined before the first call and after a failed one. */
  let opened: Promise<void> | undefined
  let hasListed = false
  let wasReadable = true
  let state: HostState = { state: 'unknown', reason: undefined }

  /** Waits for an answer of the host, but not for ever: a call that never settles would hold up every later pass. */
  const inTime = async <T>(asking: Promise<T> | undefined): Promise<T | undefined> => {
    const answer = await waitAtMost(
      CALL_TIMEOUT_MS,
      Promise.resolve(asking).then((value) => ({ value })),
      clock,
    )
    if (!answer) throw new Error(`no answer within ${CALL_TIMEOUT_MS} ms`)
    return answer.value
  }

  const ask = async (): Promise<HostListing> => {
    opened ??= Promise.resolve(host.open?.()).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    const live: unknown = await inTime(opened.then(() => host.list()))
    if (!Array.isArray(live)) throw new TypeError('list() returned no array')
    // By index, since the iterator of the array may be replaced.
    const listed = await checkListing(Array.from({ length: live.length }, (_, at) => live[at] as unknown))
    return { ...listed, live: listed.live.map(renamed) }
  }

  /** Reports once that rows cannot be read, until all can be read again. */
  const reportUnreadable = ({ unreadable }: HostListing): void => {
    const names = unreadable.slice(0, 10).map(({ sessionName }) => sessionName ?? 'unknown')
    if (wasReadable && unreadable.length > 0)
      logger.warn(
        { host: host.name, count: unreadable.length, sessionNames: names },
        'The host listed sessions that cannot be read - they are left as they are',
      )
    wasReadable = unreadable.length === 0
  }

  return {
    state: (): HostState => ({ ...state }),
    /** Stamps sessions that were taken in. A session that could not be stamped is tried again by the next discovery pass. */
    async stamp(sessions: ReadonlyArray<readonly [SessionRef, SessionStamp]>): Promise<void> {
      const stamping = sessions.map(async ([session, stamp]) => {
        try {
          await host.stamp?.(session, stamp)
        } catch (err) {
          const { sessionName } = session
          logger.debug({ workspace: stamp.workspace, sessionName, err }, 'A session was not stamped')
        }
      })
      await waitAtMost(CALL_TIMEOUT_MS, Promise.all(stamping), clock)
    },
    /** Whether the host has listed its sessions at least once. */
    hasListed: (): boolean => hasListed,
    /** Clears away what remains of an ended session, if the host keeps anything. */
    bury: async (session: HostSession): Promise<void> => host.bury?.(session),
    /** Which of these incarnations live where the host cannot reach them, each with what to do about it. */
    elsewhere: async (incarnations: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      const places: unknown = (await inTime(host.elsewhere?.(incarnations))) ?? new Map()
      if (!(places instanceof Map)) throw new TypeError('elsewhere() returned no Map')
      return places
    },
    /** The boot of the host; undefined if it cannot say. */
    async boot(): Promise<string | undefined> {
      const boot: unknown = await inTime(host.boot?.())
      return typeof boot === 'string' && boot !== '' && boot.length <= MAX_BOOT ? boot : undefined
    },
    /** Which of these incarnations ended with their server; undefined if the host has no such method. */
    async endedWithServer(incarnations: readonly string[]): Promise<ReadonlySet<string> | undefined> {
      const ended: unknown = await inTime(host.endedWithServer?.(incarnations))
      if (ended !== undefined && !(ended instanceof Set)) throw new TypeError('endedWithServer() returned no Set')
      return ended
    },
    /** The processes of ended sessions that still run, by incarnation. */
    async survivors(
      ended: ReadonlyArray<Pick<StoredRecord, 'incarnation' | 'pid'>>,
    ): Promise<ReadonlyMap<string, string>> {
      const asked = ended.flatMap(({ incarnation, pid }) =>
        incarnation !== undefined && pid !== undefined ? [{ incarnation, pid }] : [],
      )
      if (asked.length === 0 || !host.survivors) return new Map()
      const found: unknown = await inTime(host.survivors(asked))
      if (!(found instanceof Map)) throw new TypeError('survivors() returned no Map')
      return found
    },
    /** Whether a directory is there. Undefined if the host has no such method. */
    hasDirectory: host.hasDirectory && ((path: string) => Promise.resolve(host.hasDirectory?.(path) ?? true)),
    /** Whether the host knows, without a call, that the session has ended. */
    hasEnded: (session: HostSession): boolean => host.hasEnded?.(session) === true,
    /** The sessions of the host, or the error if it cannot list them. */
    async list(): Promise<HostListing | PoolError> {
      try {
        const listing = await ask()
        reportUnreadable(listing)
        if (state.state === 'unavailable') {
          logger.info({ host: host.name }, 'Host available again')
          events.emit('host:available', { host: host.name })
        }
        state = { state: 'available', reason: undefined }
        hasListed = true
        return listing
      } catch (cause) {
        const reason = redact(messageOf(cause))
        const message = `${host.name} cannot list its sessions: ${reason}`
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
