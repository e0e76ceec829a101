import type { Persistence, PoolEvent, Selection, Session, Stats } from './types.ts'

/** How many counts of requests a curve has. */
const STEPS = 60
/** How many events of stores and host are shown. */
const EVENTS = 50

/** What the page knows. */
export interface State {
  /** `lost`: the page tries again. `refused`: the gateway wants another login. */
  readonly connection: 'connecting' | 'live' | 'lost' | 'refused'
  /** The clock of the gateway minus that of the browser, ms. */
  readonly clockSkewMs: number
  readonly mayWrite: boolean
  readonly process: { readonly pid: number; readonly startedAt: number } | undefined
  readonly sessions: ReadonlyMap<string, Session>
  readonly stats: Stats | undefined
  readonly persistence: Persistence | undefined
  readonly selection: Selection | undefined
  /** The requests of each workspace by step, the oldest first. */
  readonly curves: ReadonlyMap<string, readonly number[]>
  /** The requests of each workspace when they were last counted. */
  readonly totals: ReadonlyMap<string, number>
  /** The last events of stores and host, the newest first. */
  readonly events: readonly PoolEvent[]
  /** Grows when the list of ended sessions may have changed. */
  readonly endedVersion: number
}

/** A message that changes the state of the page. */
export type Message =
  | { readonly type: 'connection'; readonly connection: State['connection'] }
  | { readonly type: 'state'; readonly data: FullState; readonly clientNow: number }
  | { readonly type: 'changes'; readonly data: ChangedState; readonly clientNow: number }
  | { readonly type: 'event'; readonly event: PoolEvent }
  | { readonly type: 'selection'; readonly selection: Selection }
  | { readonly type: 'count' }

interface FullState {
  readonly now: number
  readonly living: readonly Session[]
  readonly sessions: Stats
  readonly persistence: Persistence
  readonly selection: Selection
  readonly process: { readonly pid: number; readonly startedAt: number }
  readonly mayWrite: boolean
  readonly activity: { readonly requests: Readonly<Record<string, readonly number[]>> }
  readonly recent: readonly PoolEvent[]
}

interface ChangedState {
  readonly now: number
  readonly sessions: readonly Session[]
  readonly gone: readonly string[]
  readonly persistence: Persistence
  readonly stats: Stats
}

export const initialState: State = {
  connection: 'connecting',
  clockSkewMs: 0,
  mayWrite: false,
  process: undefined,
  sessions: new Map(),
  stats: undefined,
  persistence: undefined,
  selection: undefined,
  curves: new Map(),
  totals: new Map(),
  events: [],
  endedVersion: 0,
}

/** Applies a message to the state. */
export function reduce(state: State, message: Message): State {
  switch (message.type) {
    case 'connection':
      return { ...state, connection: message.connection }
    case 'state':
      return fromScratch(state, message.data, message.clientNow)
    case 'changes':
      return changed(state, message.data, message.clientNow)
    case 'selection':
      return { ...state, selection: message.selection }
    case 'count':
      return counted(state)
    case 'event': {
      const { event } = message
      const isShown = /^(store|host):/.test(event.event)
      const isEnd = /^(session:(ended|gone|deleted|resumed|created)|resume:)/.test(event.event)
      return {
        ...state,
        events: isShown ? [event, ...state.events].slice(0, EVENTS) : state.events,
        endedVersion: state.endedVersion + (isEnd ? 1 : 0),
      }
    }
  }
}

function fromScratch(state: State, data: FullState, clientNow: number): State {
  const sessions = new Map(data.living.map((session) => [session.workspace, session]))
  return {
    ...state,
    connection: 'live',
    clockSkewMs: data.now - clientNow,
    mayWrite: data.mayWrite,
    process: data.process,
    sessions,
    stats: data.sessions,
    persistence: data.persistence,
    selection: data.selection,
    curves: new Map(Object.entries(data.activity.requests)),
    totals: totalsOf(sessions),
    events: data.recent,
    endedVersion: state.endedVersion + 1,
  }
}

function changed(state: State, data: ChangedState, clientNow: number): State {
  const sessions = new Map(state.sessions)
  for (const workspace of data.gone) sessions.delete(workspace)
  for (const session of data.sessions) sessions.set(session.workspace, session)
  return {
    ...state,
    sessions,
    clockSkewMs: data.now - clientNow,
    persistence: data.persistence,
    stats: data.stats,
    endedVersion: state.endedVersion + (data.stats.endedSessions === state.stats?.endedSessions ? 0 : 1),
  }
}

/** Adds one step to each curve. */
function counted(state: State): State {
  const curves = new Map<string, readonly number[]>()
  for (const { workspace, totalRequests, origin, generation } of state.sessions.values()) {
    const atFirst = origin === 'created' && generation === undefined ? 0 : totalRequests
    const made = Math.max(0, totalRequests - (state.totals.get(workspace) ?? atFirst))
    curves.set(workspace, [...(state.curves.get(workspace) ?? []), made].slice(-STEPS))
  }
  return { ...state, curves, totals: totalsOf(state.sessions) }
}

const totalsOf = (sessions: State['sessions']): ReadonlyMap<string, number> =>
  new Map([...sessions.values()].map(({ workspace, totalRequests }) => [workspace, totalRequests]))

/** Whether persistence is switched off on purpose. If it is off because a store fails, it can still be rolled back. */
export function isSwitchedOff({ effective: { reason } }: Pick<Persistence, 'effective'>): boolean {
  return reason === 'off' || reason === 'rolled-back'
}
