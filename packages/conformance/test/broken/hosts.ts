import type { SessionHost } from '@sessionkeep/contracts/host'
import type { MemoryHost } from '@sessionkeep/contracts/testing'

/** A memory host with one fault. */
export interface BrokenHost {
  readonly fault: string
  readonly foundBy: string
  readonly alsoBreaks?: readonly string[]
  readonly wrap: (host: MemoryHost) => Partial<SessionHost>
}

const ended = (error: unknown): void => {
  if (!(error instanceof Error && 'code' in error && error.code === 'SESSION_GONE')) throw error
}

export const hosts: readonly BrokenHost[] = [
  {
    fault: 'does not keep a stamp',
    foundBy: 'stamp.taken-in',
    wrap: () => ({ stamp: async () => undefined }),
  },
  {
    fault: 'says that a pool has every session',
    foundBy: 'stamp.absent',
    wrap: (host) => ({
      list: async () =>
        (await host.list()).map((session) => (session.pool ? session : { ...session, pool: 'conformance' })),
    }),
  },
  {
    fault: 'lists no sessions during an outage',
    foundBy: 'failures.unavailable',
    wrap: (host) => ({ list: () => host.list().catch(() => []) }),
  },
  {
    fault: 'kills another incarnation that has the name',
    foundBy: 'kill.incarnation',
    alsoBreaks: ['rename.kill'],
    wrap: (host) => ({ kill: ({ sessionName }) => host.kill({ sessionName }) }),
  },
  {
    fault: 'kills a session whose name begins alike',
    foundBy: 'kill.by-name',
    wrap: (host) => ({
      async kill(session) {
        await host.kill(session)
        if (session.incarnation !== undefined) return
        for (const other of await host.list())
          if (other.sessionName.startsWith(session.sessionName)) await host.kill(other)
      },
    }),
  },
  {
    fault: 'fails to kill an ended session',
    foundBy: 'kill.resolves',
    alsoBreaks: ['kill.incarnation', 'kill.by-name'],
    wrap: (host) => ({
      async kill(session) {
        await host.capture(session)
        await host.kill(session)
      },
    }),
  },
  {
    fault: 'replaces the session that has the name',
    foundBy: 'create.exists',
    wrap: (host) => ({
      async create(name, options) {
        await host.kill({ sessionName: name })
        return await host.create(name, options)
      },
    }),
  },
  {
    fault: 'returns the existing session of the name',
    foundBy: 'create.racers',
    alsoBreaks: ['create.exists'],
    wrap: (host) => ({
      create: (name, options) =>
        host.create(name, options).catch(async (error: unknown) => {
          const found = (await host.list()).find(({ sessionName }) => sessionName === name)
          if (found) return found
          throw error
        }),
    }),
  },
  {
    fault: 'stamps in whole seconds',
    foundBy: 'create.stamps',
    alsoBreaks: ['rename.survives'],
    wrap: (host) => ({
      create: (name, options) =>
        host.create(name, { ...options, createdAt: Math.floor(options.createdAt / 1000) * 1000 }),
    }),
  },
  {
    fault: 'lists only the sessions that it created',
    foundBy: 'list.every',
    alsoBreaks: ['close.sessions-go-on', 'stamp.absent', 'stamp.taken-in'],
    wrap(host) {
      const own = new Set<string | undefined>()
      return {
        async create(name, options) {
          const made = await host.create(name, options)
          own.add(made.incarnation)
          return made
        },
        list: async () => (await host.list()).filter(({ incarnation }) => own.has(incarnation)),
      }
    },
  },
  {
    fault: 'uses the name as the incarnation',
    foundBy: 'incarnation.unique',
    alsoBreaks: [
      'ended.with-server',
      'kill.incarnation',
      'rename.kill',
      'rename.speak',
      'rename.survives',
      'stamp.taken-in',
      'talk.apart',
      'talk.confirm',
      'talk.controls',
      'talk.given-up',
      'talk.keys',
      'talk.keys-given-up',
      'talk.lines',
      'talk.max-bytes',
      'talk.result',
      'talk.text',
      'talk.turn',
    ],
    wrap: (host) => ({
      async list() {
        return (await host.list()).map((session) => ({ ...session, incarnation: session.sessionName }))
      },
      async create(name, options) {
        return { ...(await host.create(name, options)), incarnation: name }
      },
      kill: ({ sessionName }) => host.kill({ sessionName }),
    }),
  },
  {
    fault: 'types into every session',
    foundBy: 'talk.apart',
    wrap: (host) => ({
      async sendText(session, text, options) {
        const result = await host.sendText(session, text, options)
        for (const other of await host.list())
          if (other.incarnation !== session.incarnation) await host.sendText(other, text, options)
        return result
      },
    }),
  },
  {
    fault: 'says of every text that it was taken',
    foundBy: 'talk.confirm',
    wrap: (host) => ({
      async sendText(session, text, { confirm, ...options } = {}) {
        const result = await host.sendText(session, text, options)
        return confirm ? { ...result, confirmed: true } : result
      },
    }),
  },
  {
    fault: 'expands variables in typed text',
    foundBy: 'talk.text',
    wrap: (host) => ({
      sendText: (session, text, options) => host.sendText(session, text.replaceAll('$HOME', '/root'), options),
    }),
  },
  {
    fault: 'creates a session without a name',
    foundBy: 'create.invalid-name',
    wrap: (host) => ({ create: (name, options) => host.create(name === '' ? 'unnamed' : name, options) }),
  },
  {
    fault: 'returns an empty command line',
    foundBy: 'attach.words',
    wrap: () => ({ attachCommand: () => [] }),
  },
  {
    fault: 'still lists ended sessions',
    foundBy: 'list.empty',
    alsoBreaks: ['kill.resolves'],
    wrap(host) {
      let last: Awaited<ReturnType<SessionHost['list']>> = []
      return {
        async list() {
          const found = await host.list()
          if (found.length > 0) last = found
          return found.length > 0 ? found : last
        },
      }
    },
  },
  {
    fault: 'types into another incarnation that has the name',
    foundBy: 'talk.gone',
    alsoBreaks: ['rename.speak'],
    wrap: (host) => ({
      sendText: ({ sessionName }, text, options) => host.sendText({ sessionName }, text, options),
    }),
  },
  {
    fault: 'does not reject when a session is gone',
    foundBy: 'talk.gone',
    wrap: (host) => ({
      sendText: (session, text, options) =>
        host.sendText(session, text, options).catch((error: unknown) => {
          ended(error)
          return { submitted: false, foundUnsubmitted: false }
        }),
    }),
  },
  {
    fault: 'mixes the texts of two calls',
    foundBy: 'talk.turn',
    alsoBreaks: ['talk.controls', 'talk.given-up'],
    wrap: (host) => ({
      async sendText(session, text, options) {
        const [first = '', ...rest] = text.split(' ')
        await host.sendText(session, first)
        const result = await host.sendText(session, ` ${rest.join(' ')}`, options)
        return result
      },
    }),
  },
  {
    fault: 'types control characters',
    foundBy: 'talk.controls',
    wrap: (host) => ({
      sendText: (session, text, options) => host.sendText(session, text, { ...options, controls: 'pass' }),
    }),
  },
  {
    fault: 'types a text that was given up',
    foundBy: 'talk.given-up',
    wrap: (host) => ({
      sendText: (session, text, options) => host.sendText(session, text, { ...options, signal: undefined }),
    }),
  },
  {
    fault: 'presses keys that were given up',
    foundBy: 'talk.keys-given-up',
    wrap: (host) => ({ sendKeys: async (session, keys) => host.sendKeys?.(session, keys) }),
  },
  {
    fault: 'does not report that Enter was pressed',
    foundBy: 'talk.result',
    wrap: (host) => ({
      sendText: async (session, text, options) => ({
        ...(await host.sendText(session, text, options)),
        submitted: false,
      }),
    }),
  },
  {
    fault: 'returns the whole screen and ignores the options',
    foundBy: 'talk.max-bytes',
    wrap: (host) => ({ capture: (session) => host.capture(session) }),
  },
  {
    fault: 'types the names of unknown keys',
    foundBy: 'talk.keys',
    alsoBreaks: ['talk.keys-given-up'],
    wrap: (host) => ({
      async sendKeys(session, keys) {
        for (const key of keys) await host.sendText(session, key === 'Enter' ? '\n' : key)
      },
    }),
  },
  {
    fault: 'loses the text after a newline',
    foundBy: 'talk.lines',
    alsoBreaks: ['talk.controls', 'talk.max-bytes'],
    wrap: (host) => ({
      sendText: (session, text, options) => host.sendText(session, text.split('\n')[0] ?? '', options),
    }),
  },
  {
    fault: 'takes the end of one session for the end of the server',
    foundBy: 'ended.with-server',
    wrap: () => ({ endedWithServer: async (incarnations) => new Set(incarnations) }),
  },
  {
    fault: 'takes the time for the boot',
    foundBy: 'ended.boot',
    wrap: () => {
      let calls = 0
      return {
        async boot() {
          calls += 1
          return `boot at ${calls}`
        },
      }
    },
  },
  {
    fault: 'ends its sessions when it is closed',
    foundBy: 'close.sessions-go-on',
    wrap: (host) => ({
      async close() {
        for (const session of await host.list()) await host.kill(session)
      },
    }),
  },
]
