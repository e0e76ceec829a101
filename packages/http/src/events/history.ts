import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Logger, PoolEventName, SessionPool } from '@sessionkeep/core'
import { createTurns } from '../in-turns.ts'
import { eventAnswer } from '../views.ts'
import { guarded } from './guarded.ts'

/** An event of the pool as clients get it. */
export interface SentEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** The most events that are kept for clients that come back. */
const KEPT = 1000
/** The most characters that they have together. The last event is kept whatever its size. */
const KEPT_CHARACTERS = 8 * 1024 * 1024
/** The events of stores and of the host, and how many of them the dashboard shows. */
const SHOWN_EVENTS = /^(store|host):/
const SHOWN = 50

/** The events that are sent: all but `session:changed`, which each request emits and `changes` reports. */
type SentName = Exclude<PoolEventName, 'session:changed'>

/** The names of all events that are sent. The type makes the compiler refuse a list that lacks one. */
const NAMES: Readonly<Record<SentName, true>> = {
  'session:created': true,
  'session:recovered': true,
  'session:adopted': true,
  'session:renamed': true,
  'session:gone': true,
  'session:deleted': true,
  'session:ended': true,
  'session:resumed': true,
  'session:resume-failed': true,
  'resume:offered': true,
  'store:attached': true,
  'store:degraded': true,
  'store:locked': true,
  'store:contended': true,
  'store:switched': true,
  'store:switch-failed': true,
  'host:unavailable': true,
  'host:available': true,
}

/**
 * Keeps the last events of a pool, so that a client that was disconnected for a while gets those that it missed. Before the first
 * client there is nobody who could come back, so that only what the dashboard shows is kept.
 */
export function createEventHistory(pool: SessionPool<never>, logger: Pick<Logger, 'error'>) {
  // Ids begin with a word of this process, so that an id from before a restart is recognised.
  const life = randomBytes(6).toString('hex')
  const kept: SentEvent[] = []
  const listeners = new Set<(event: SentEvent) => void>()
  const shown: SentEvent[] = []
  /** The events that are not made yet. Masking one may take long, and many may come in one turn, as when a host was lost. */
  const queue: Array<{ readonly event: string; readonly payload: object }> = []
  let hadClient = false
  let last = 0
  let characters = 0

  const make = guarded(logger, 'An event of the pool cannot be sent', () => {
    const { event, payload } = queue.shift() ?? {}
    if (event === undefined || payload === undefined) return
    const data = JSON.stringify(eventAnswer(payload))
    last += 1
    const sent = { id: `${life}-${last}`, event, data }
    if (SHOWN_EVENTS.test(event)) shown.push(sent)
    if (shown.length > SHOWN) shown.shift()
    if (!hadClient) return
    kept.push(sent)
    characters += data.length
    while (kept.length > KEPT || (characters > KEPT_CHARACTERS && kept.length > 1))
      characters -= kept.shift()?.data.length ?? 0
    for (const listener of listeners) listener(sent)
  })
  const makeAll = async (): Promise<void> => {
    await setImmediate()
    const turn = createTurns()
    while (queue.length > 0) {
      await make()
      await turn()
    }
  }
  let making: Promise<void> | undefined
  const add = (event: string, payload: object): void => {
    if (!hadClient && !SHOWN_EVENTS.test(event)) return
    queue.push({ event, payload: { at: Date.now(), ...payload } })
    making ??= makeAll().finally(() => {
      making = undefined
    })
  }
  const removals = (Object.keys(NAMES) as SentName[]).map((name) => pool.on(name, (payload) => add(name, payload)))

  return {
    /** Resolves once the events so far are made. */
    settled: async (): Promise<void> => making,
    /** The id of the last event. From the first call on, later events are kept: the caller may come back with this id. */
    lastId(): string {
      hadClient = true
      return `${life}-${last}`
    },
    /** The events after the one with this id; undefined if they are not kept any more, or it is of another process. */
    since(id: string): readonly SentEvent[] | undefined {
      const [of, text = ''] = id.split('-')
      const number = Number(text)
      const oldest = last - kept.length
      if (of !== life || !/^\d{1,15}$/.test(text) || number < oldest || number > last) return undefined
      return kept.slice(number - oldest)
    },
    /** The last events of stores and of the host, the newest first. */
    recent(): ReadonlyArray<{ event: string; at: number; data: unknown }> {
      return shown.toReversed().map(({ event, data }) => {
        const { at, ...rest } = JSON.parse(data) as { at: number }
        return { event, at, data: rest }
      })
    },
    /** Calls `listener` with each event from now on. Returns a function that removes the listener. */
    listen(listener: (event: SentEvent) => void): () => void {
      hadClient = true
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Stops listening to the pool. */
    close(): void {
      for (const remove of removals) remove()
      queue.length = 0
      listeners.clear()
    },
  }
}

export type EventHistory = ReturnType<typeof createEventHistory>
