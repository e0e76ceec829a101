import {
  createSessionPool,
  type MetadataStore,
  type SessionHost,
  type SessionPool,
  StoreError,
} from '@sessionkeep/core'
import type { MemoryHost, VirtualClock } from '@sessionkeep/core/testing'

const NEVER = new Promise<never>(() => {})
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** What a store holds. It outlives the processes. */
export interface Backend {
  readonly name: string
  readonly records: Map<string, unknown>
  isAway: boolean
}

/** When a process is killed: at the call number `at` of its host or stores from now, before or after the call has its effect. */
export interface Death {
  readonly at: number
  readonly isBefore: boolean
}

/** What a session was launched with. */
export interface Launched {
  /** The id of the conversation; undefined if the pool did not know it. */
  readonly id?: string | undefined
  /** The incarnation of the last session of the workspace. */
  readonly after?: string | undefined
}

/** One gateway on a host and stores that outlive it. */
export interface Process {
  readonly pool: SessionPool<{ readonly id?: string }>
  /** Fulfils when the process has been killed. */
  readonly died: Promise<void>
  isDead(): boolean
  /** Kills it at a later call. */
  arm(death: Death): void
  /** Kills it now. Its calls under way are never answered. */
  kill(): void
}

/** Starts a gateway. The attribute `id` identifies the conversation of a session: each fresh session gets a new one. */
export function startProcess(
  host: MemoryHost,
  backends: readonly Backend[],
  clock: VirtualClock,
  onCreate: (incarnation: string, launched: Launched) => void,
): Process {
  let left = Number.POSITIVE_INFINITY
  let isBefore = false
  let isDead = false
  let announce: () => void = () => {}
  const died = new Promise<void>((resolve) => {
    announce = resolve
  })
  const kill = (): void => {
    isDead = true
    announce()
  }
  /** Runs a call of the process, or kills the process before or after it. */
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) return NEVER
    left -= 1
    const isLast = left === 0
    if (isLast && isBefore) {
      kill()
      return NEVER
    }
    const [outcome] = await Promise.allSettled([call()])
    if (isLast) kill()
    if (isDead) return NEVER
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }

  const launched = new Map<string, Launched>()
  const hostOfProcess: SessionHost = {
    name: host.name,
    list: () => through(() => host.list()),
    create: (name, options) =>
      through(async () => {
        const made = await host.create(name, options)
        onCreate(String(made.incarnation), launched.get(options.workspace) ?? {})
        return made
      }),
    kill: (session) => through(() => host.kill(session)),
    bury: (session) => through(async () => host.bury?.(session)),
    boot: () => through(async () => host.boot?.()),
    endedWithServer: (given) => through(async () => (await host.endedWithServer?.(given)) ?? new Set()),
    sendText: (session, text, options) => through(() => host.sendText(session, text, options)),
    capture: (session) => through(() => host.capture(session)),
  }
  const pool = createSessionPool<{ readonly id?: string }>({
    host: hostOfProcess,
    clock,
    logger: silent,
    livenessIntervalMs: 20,
    launch: (workspace, attributes, previous) => {
      launched.set(workspace, { id: attributes?.id, after: previous?.incarnation })
      return {}
    },
    resume: { when: 'request', settleMs: 3, spacingMs: 0, backoff: { minMs: 1, maxMs: 2, tries: 1000 } },
    metadata: {
      ...{ flushIntervalMs: 10, maxRetryMs: 20, ackTimeoutMs: 30, saveTimeoutMs: 60, callTimeoutMs: 40 },
      attachTimeoutMs: 60,
      store: storeOn(backends[0] as Backend, through),
      mirror: backends.slice(1).map((backend) => storeOn(backend, through)),
    },
  })
  return {
    pool,
    died,
    isDead: () => isDead,
    kill,
    arm(death) {
      left = death.at
      isBefore = death.isBefore
    },
  }
}

function storeOn(backend: Backend, through: <T>(call: () => Promise<T>) => Promise<T>): MetadataStore {
  const enter = (): void => {
    if (backend.isAway) throw new StoreError('STORE_UNAVAILABLE', `${backend.name} is away.`)
  }
  return {
    name: backend.name,
    capabilities: { durability: 'process', retains: true, shared: false },
    open: () => through(async () => enter()),
    getMany: (names) =>
      through(async () => {
        enter()
        const found = names.flatMap((name) =>
          backend.records.has(name) ? [[name, backend.records.get(name)] as const] : [],
        )
        return structuredClone(new Map(found))
      }),
    setMany: (records) =>
      through(async () => {
        enter()
        for (const [name, record] of records) backend.records.set(name, structuredClone(record))
      }),
    deleteMany: (names) =>
      through(async () => {
        enter()
        for (const name of names) backend.records.delete(name)
      }),
    async *list() {
      yield* await through(async () => {
        enter()
        return [...backend.records.keys()]
      })
    },
    close: () => through(async () => undefined),
  }
}
