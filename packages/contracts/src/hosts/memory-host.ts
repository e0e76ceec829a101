import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import type { HostSession, SessionEnd, SessionHost, SessionRef } from '../contracts/session-host.ts'
import { HostError } from '../errors/host-error.ts'
import { checkCapture, checkKeys, checkLaunch, checkSize, checkTyping } from './check-arguments.ts'

/**
 * A host for tests of gateways. Its sessions are entries of a map, and the screen of a session is the text that was typed into it.
 * It refuses the arguments that a host with real sessions refuses.
 */
export interface MemoryHost extends SessionHost {
  /** Changes sessions without the pool, as a person or a program on the host would. */
  readonly control: {
    /** Renames a session. @throws `SESSION_GONE` for an unknown name, `SESSION_EXISTS` for a taken one. */
    rename(from: string, to: string): void
    /** Creates a session without a stamp, as a person would. */
    add(sessionName: string): HostSession
    /** Attaches a client to a session, or detaches it. */
    setAttached(sessionName: string, attached: boolean): void
    /** Sets the process that the command of a session runs as, and the program that has its terminal. */
    setProcess(sessionName: string, process: Pick<HostSession, 'pid' | 'foreground'>): void
    /** Makes the program of a session ignore Enter `times` times, as a busy program does. */
    ignoreEnter(sessionName: string, times: number): void
    /** Prints a text to a session, as its program would. */
    print(sessionName: string, text: string): void
    /** Ends the command of a session, and leaves its last screen. With `end`, the host knows how it ended, until `bury()`. */
    exit(sessionName: string, end?: SessionEnd): void
    /** Ends all sessions, and leaves nothing of them, as the end of their server does. */
    endServer(): void
    /** Ends all sessions, as a reboot of the machine does. The host runs in another boot from then on. */
    reboot(): void
    /** Sets which directories are missing; all others are there. */
    setMissingDirectories(paths: readonly string[]): void
    /** Makes every call reject with `HOST_UNAVAILABLE`; undefined ends that. */
    setUnavailable(reason: string | undefined): void
  }
}

const NAME = /^[A-Za-z0-9_-]{1,200}$/
/** The height of the screen, lines. */
const LINES = 24
const KEY = /^(?:[CMS]-){0,3}(?:[!-~]|[A-Z][A-Za-z0-9]+)$/

/** Handles control characters as `controls` says. @throws A `TypeError` when the text has some and they are refused. */
function typed(text: string, controls: 'strip' | 'refuse' | 'pass'): string {
  if (controls === 'pass') return text
  const plain = [...text.replace(/\r\n?/g, '\n')].filter((character) => /[\n\t]|[^\p{Cc}]/u.test(character)).join('')
  if (controls === 'refuse' && plain !== text) throw new TypeError('the text has control characters')
  return plain
}

/**
 * Creates a host in memory. Its sessions outlive the pools that use it, and end with this object. To a pool, another host in
 * memory is the same machine after a reboot.
 *
 * @param options - `clock`: the source of the times of sessions. @defaultValue the clock of this machine
 *
 * @example
 * ```ts
 * const host = memoryHost()
 * const pool = createSessionPool({ host, metadata: { store: 'memory' } })
 * await pool.getOrCreateSession('docs')
 * host.control.exit('claude-docs')
 * ```
 */
export function memoryHost({ clock = systemClock }: { readonly clock?: Clock } = {}): MemoryHost {
  const sessions = new Map<string, HostSession>()
  const screens = new Map<string, string>()
  const ignoredEnters = new Map<string, number>()
  /** The number of the server on which each incarnation was created. */
  const servers = new Map<string, number>()
  const id = randomBytes(4).toString('hex')
  let missing: ReadonlySet<string> = new Set()
  let unavailable: string | undefined
  let made = 0
  let server = 1
  let boot = 1

  const enter = async (): Promise<void> => {
    // A real host never answers at once, so this one does not either.
    await new Promise((resolve) => setImmediate(resolve))
    if (unavailable !== undefined)
      throw new HostError('HOST_UNAVAILABLE', `The memory host is unavailable: ${unavailable}`)
  }
  const named = (sessionName: string): HostSession => {
    const session = sessions.get(sessionName)
    if (session) return session
    throw new HostError('SESSION_GONE', `There is no session named ${sessionName}.`, { context: { sessionName } })
  }
  const find = ({ sessionName, incarnation }: SessionRef): HostSession | undefined => {
    const present = sessions.get(sessionName)
    if (incarnation === undefined || present?.incarnation === incarnation) return present
    return [...sessions.values()].find((session) => session.incarnation === incarnation)
  }
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
      throw new HostError('HOST_INVALID_NAME', `${JSON.stringify(sessionName)} is no valid session name.`)
    if (sessions.has(sessionName))
      throw new HostError('SESSION_EXISTS', `A session named ${sessionName} already exists.`)
    made += 1
    const now = clock.date()
    const own = {
      createdAt: now,
      createdAtSource: 'host',
      lastActivityAt: now,
      attached: false,
      exited: false,
    } as const
    const incarnation = `memory.${id}.${made}`
    servers.set(incarnation, server)
    return put({ sessionName, incarnation, ...own, ...known })
  }

  const endServer = (): void => {
    sessions.clear()
    screens.clear()
    server += 1
  }

  return {
    name: 'memory',
    async boot() {
      await enter()
      return `memory.${id}.${boot}`
    },
    async endedWithServer(incarnations) {
      await enter()
      return new Set(incarnations.filter((incarnation) => servers.get(incarnation) !== server))
    },
    async hasDirectory(path) {
      await enter()
      return !missing.has(path)
    },
    async list() {
      await enter()
      return [...sessions.values()].map((session) => ({ ...session }))
    },
    async create(sessionName, options) {
      await enter()
      checkLaunch('create', options)
      const { workspace, pool, createdAt, resumes, cwd } = options
      if (cwd !== undefined && missing.has(cwd))
        throw new HostError('HOST_REFUSED', `The directory ${cwd} is not there.`, { context: { sessionName } })
      return make(sessionName, {
        workspace,
        pool,
        createdAt,
        createdAtSource: 'stamp',
        ...(resumes !== undefined && { resumes }),
      })
    },
    async stamp(ref, { pool, workspace }) {
      await enter()
      const session = require(ref)
      if (session.pool === undefined) put({ ...session, pool, workspace, takenIn: true })
    },
    async kill(ref) {
      await enter()
      const session = find(ref)
      if (!session) return
      sessions.delete(session.sessionName)
      screens.delete(session.incarnation ?? '')
    },
    async respawn(ref, options) {
      await enter()
      checkLaunch('respawn', options)
      options.signal?.throwIfAborted()
      const session = require(ref)
      screens.delete(session.incarnation)
      const { end: _end, ...rest } = session
      return put({ ...rest, exited: false, lastActivityAt: clock.date() })
    },
    async bury(ref) {
      await enter()
      const session = find(ref)
      if (!session?.exited) return
      sessions.delete(session.sessionName)
      screens.delete(session.incarnation ?? '')
    },
    async sendText(ref, text, options = {}) {
      await enter()
      checkTyping(text, options)
      const { submit = false, controls = 'strip', confirm = false, signal } = options
      signal?.throwIfAborted()
      const { incarnation } = require(ref)
      const shown = () => screens.get(incarnation) ?? ''
      show(require(ref), typed(text, controls))
      const before = shown()
      const press = (): boolean => {
        const ignored = ignoredEnters.get(incarnation) ?? 0
        ignoredEnters.set(incarnation, Math.max(0, ignored - 1))
        if (ignored === 0) show(require(ref), '\n')
        const seen = typeof confirm === 'object' ? confirm.seen : undefined
        return seen ? seen(shown(), before) : ignored === 0
      }
      if (!submit) return { submitted: false, foundUnsubmitted: false }
      const isTaken = press() || (confirm !== false && press())
      if (!confirm) return { submitted: true, foundUnsubmitted: false }
      if (isTaken) return { submitted: true, foundUnsubmitted: false, confirmed: true }
      throw new HostError('NOT_CONFIRMED', `The program of ${ref.sessionName} did not take the text.`)
    },
    async capture(ref, options = {}) {
      await enter()
      checkCapture(options)
      const { history = 0, maxBytes = Number.POSITIVE_INFINITY } = options
      const lines = (screens.get(require(ref).incarnation) ?? '').split('\n')
      const text = lines.slice(history === 'all' ? 0 : -LINES - history).join('\n')
      return Buffer.from(text)
        .subarray(-Math.min(maxBytes, Buffer.byteLength(text)))
        .toString()
    },
    async sendKeys(ref, keys, options = {}) {
      await enter()
      checkKeys(keys, options)
      const wrong = keys.find((key) => !KEY.test(key))
      if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is not a key`)
      options.signal?.throwIfAborted()
      show(require(ref), keys.map((key) => (key === 'Enter' ? '\n' : key.length === 1 ? key : '')).join(''))
    },
    async resize(ref, size) {
      await enter()
      checkSize(size)
      require(ref)
    },
    control: {
      rename(from, to) {
        if (sessions.has(to)) throw new HostError('SESSION_EXISTS', `A session named ${to} already exists.`)
        const session = named(from)
        sessions.delete(from)
        put({ ...session, sessionName: to })
      },
      add: (sessionName) => make(sessionName, {}),
      setAttached(sessionName, attached) {
        put({ ...named(sessionName), attached })
      },
      setProcess(sessionName, process) {
        put({ ...named(sessionName), ...process })
      },
      ignoreEnter(sessionName, times) {
        ignoredEnters.set(named(sessionName).incarnation ?? '', times)
      },
      print(sessionName, text) {
        show(require(named(sessionName)), text)
      },
      exit(sessionName, end) {
        put({ ...named(sessionName), exited: true, ...(end && { end }) })
      },
      endServer,
      reboot() {
        endServer()
        boot += 1
      },
      setMissingDirectories(paths) {
        missing = new Set(paths)
      },
      setUnavailable(reason) {
        unavailable = reason
      },
    },
  }
}
