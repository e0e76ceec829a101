import { randomBytes } from 'node:crypto'
import type { PoolEventName, SessionPool } from '@sessionkeep/core'
import { eventAnswer } from '../views.ts'

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
/** How many of them the dashboard shows. */
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

/** Keeps the last events of a pool, so that a client that was disconnected for a while gets those that it missed. */
export function createEventHistory(pool: SessionPool<never>) {
  // Ids begin with a word of this process, so that an id from before a restart is recognised.
  const life = randomBytes(6).toString('hex')
  const kept: SentEvent[] = []
  const listeners = new Set<(event: SentEvent) => void>()
  let last = 0
  let characters = 0

  const add = (event: string, payload: unknown): void => {
    last += 1
    const data = JSON.stringify(eventAnswer({ at: Date.now(), ...(payload as object) }))
    const sent = { id: `${life}-${last}`, event, data }
    kept.push(sent)
    characters += data.length
    while (kept.length > KEPT || (characters > KEPT_CHARACTERS && kept.length > 1))
      characters -= kept.shift()?.data.length ?? 0
    for (const listener of listeners) listener(sent)
  }
  const removals = (Object.keys(NAMES) as SentName[]).map((name) => pool.on(name, (payload) => add(name, payload)))

  return {
    /** The id of the last event. */
    lastId: (): string => `${life}-${last}`,
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
      const shown = kept.filter(({ event }) => /^(store|host):/.test(event)).slice(-SHOWN)
      return shown.reverse().map(({ event, data }) => {
        const { at, ...rest } = JSON.parse(data) as { at: number }
        return { event, at, data: rest }
      })
    },
    /** Calls `listener` with each event from now on. Returns a function that removes the listener. */
    listen(listener: (event: SentEvent) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Stops listening to the pool. */
    close(): void {
      for (const remove of removals) remove()
      listeners.clear()
    },
  }
}

export type EventHistory = ReturnType<typeof createEventHistory>
