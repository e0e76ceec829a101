import { type Clock, systemClock } from '../base/clock.ts'
import type { HostSession, SessionHost, SessionRef } from '../contracts/session-host.ts'
import { HostError } from '../errors/host-error.ts'

/** A host whose sessions are entries of a map, for tests of gateways: what is typed into one is its screen. */
export interface MemoryHost extends SessionHost {
  /** What happens to sessions behind a pool's back. */
  readonly control: {
    /** As if a person had renamed it; a session without the pool's knowledge. Throws for an unknown or taken name. */
    rename(from: string, to: string): void
    /** As if a person had made it: without a stamp. */
    add(sessionName: string): HostSession
    /** As if a client had come or gone. */
    setAttached(sessionName: string, attached: boolean): void
    /** As if its command had ended, and left its last screen. */
    exit(sessionName: string): void
    /** From now on every call rejects with `HOST_UNAVAILABLE`; undefined: works again. */
    setUnavailable(reason: string | undefined): void
  }
}

const NAME = /^[A-Za-z0-9_-]{1,200}$/
const LINES = 24
const KEY = /^(?:[CMS]-){0,3}(?:[!-~]|[A-Z][A-Za-z0-9]+)$/

/** Without what a terminal would take for keys. Throws a `TypeError` where such a text is to be refused. */
function shown(text: string, controls: 'strip' | 'refuse' | 'pass'): string {
  if (controls === 'pass') return text
  const plain = [...text.replace(/\r\n?/g, '\n')].filter((character) => /[\n\t]|[^\p{Cc}]/u.test(character)).join('')
  if (controls === 'refuse' && plain !== text) throw new TypeError('the text has control characters')
  return plain
}

/**
 * Makes a host in memory. Its sessions outlive the pools that use it, and end with this object.
 *
 * @param options - `clock`: the time, as sessions are stamped with it. Default: the clock of this machine.
 */
export function memoryHost({ clock = systemClock }: { readonly clock?: Clock } = {}): MemoryHost {
  const sessions = new Map<string, HostSession>()
  const screens = new Map<string, string>()
  let unavailable: string | undefined
  let made = 0

  const enter = async (): Promise<void> => {
    // A host always answers later; a pool must not come to depend on an answer at once.
    await new Promise((resolve) => setImmediate(resolve))
    if (unavailable !== undefined)
      throw new HostError('HOST_UNAVAILABLE', `The memory host is unavailable: ${unavailable}`)
  }
  const named = (sessionName: string): HostSession => {
    const session = sessions.get(sessionName)
    if (session) return session
    throw new HostError('SESSION_GONE', `There is no session named ${sessionName}.`, { context: { sessionName } })
  }
  const find = ({ sessionName, incarnation }: SessionRef): HostSession | undefined =>
    incarnation === undefined
      ? sessions.get(sessionName)
      : [...sessions.values()].find((session) => session.incarnation === incarnation)
  const require = (ref: SessionRef): HostSession & { readonly incarnation: string } => {
    const session = find(ref)
    if (session?.incarnation !== undefined) return session as HostSession & { readonly incarnation: string }
    throw new HostError('SESSION_GONE', `The session ${ref.sessionName} has ended.`, {
      context: { sessionName: ref.sessionName },
    })
  }
  const put = (session: HostSession): HostSession => {
    sessions.set(session.sessionName, session)
    return { ...session }
  }
  const show = (session: HostSession & { readonly incarnation: string }, text: string): void => {
    screens.set(session.incarnation, `${screens.get(session.incarnation) ?? ''}${text}`)
    put({ ...session, lastActivityAt: clock.date() })
  }
  const make = (sessionName: string, known: Partial<HostSession>): HostSession => {
    if (!NAME.test(sessionName))
      throw new HostError('HOST_INVALID_NAME', `${JSON.stringify(sessionName)} is no name for a session.`)
    if (sessions.has(sessionName)) throw new HostError('SESSION_EXISTS', `A session named ${sessionName} is there.`)
    made += 1
    const now = clock.date()
    const own = {
      createdAt: now,
      createdAtSource: 'host',
      lastActivityAt: now,
      attached: false,
      exited: false,
    } as const
    return put({ sessionName, incarnation: `memory.${made}`, ...own, ...known })
  }

  return {
    name: 'memory',
    async list() {
      await enter()
      return [...sessions.values()].map((session) => ({ ...session }))
    },
    async create(sessionName, { workspace, pool, createdAt }) {
      await enter()
      return make(sessionName, { workspace, pool, createdAt, createdAtSource: 'stamp' })
    },
    async kill(ref) {
      await enter()
      const session = find(ref)
      if (!session) return
      sessions.delete(session.sessionName)
      screens.delete(session.incarnation ?? '')
    },
    async sendText(ref, text, { submit = false, controls = 'strip' } = {}) {
      await enter()
      const session = require(ref)
      show(session, `${shown(text, controls)}${submit ? '\n' : ''}`)
      return { submitted: submit, foundUnsubmitted: false }
    },
    async capture(ref, { history = 0, maxBytes = Number.POSITIVE_INFINITY } = {}) {
      await enter()
      const lines = (screens.get(require(ref).incarnation) ?? '').split('\n')
      const text = lines.slice(history === 'all' ? 0 : -LINES - history).join('\n')
      return Buffer.from(text)
        .subarray(-Math.min(maxBytes, Buffer.byteLength(text)))
        .toString()
    },
    async sendKeys(ref, keys) {
      await enter()
      const wrong = keys.find((key) => !KEY.test(key))
      if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is not a key`)
      show(require(ref), keys.map((key) => (key === 'Enter' ? '\n' : key.length === 1 ? key : '')).join(''))
    },
    async resize(ref) {
      await enter()
      require(ref)
    },
    control: {
      rename(from, to) {
        if (sessions.has(to)) throw new HostError('SESSION_EXISTS', `A session named ${to} is there.`)
        const session = named(from)
        sessions.delete(from)
        put({ ...session, sessionName: to })
      },
      add: (sessionName) => make(sessionName, {}),
      setAttached(sessionName, attached) {
        put({ ...named(sessionName), attached })
      },
      exit(sessionName) {
        put({ ...named(sessionName), exited: true })
      },
      setUnavailable(reason) {
        unavailable = reason
      },
    },
  }
}
