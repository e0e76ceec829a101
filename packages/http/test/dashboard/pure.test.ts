import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock, counted, duration, lag, shellLine } from '../../src/dashboard/format.ts'
import { tmuxKey } from '../../src/dashboard/keys.ts'
import { poll } from '../../src/dashboard/poll.ts'
import { routeOf, sessionHref } from '../../src/dashboard/routes.ts'
import { SORTS, type Sort } from '../../src/dashboard/sorts.ts'
import { initialState, isSwitchedOff, reduce } from '../../src/dashboard/state.ts'
import type { Session } from '../../src/dashboard/types.ts'

const pressed = (key: string, held: object = {}) =>
  tmuxKey({ key, ctrlKey: false, altKey: false, metaKey: false, ...held })

it('durations and counts are written for people, and a number stays in the line of its unit', () => {
  const inOneLine = (text: string) => text.replaceAll(' ', '\u00a0')
  expect([0, 59_999, 60_000, 12_000_000, 90_000_000, -5].map(duration)).toEqual([
    ...['0 s', '59 s', '1 min'].map(inOneLine),
    ...['3\u00a0h 20\u00a0min', '1\u00a0d 1\u00a0h', inOneLine('0 s')],
  ])
  expect([0, 850, 3210, 65_000].map(lag)).toEqual(['0 ms', '850 ms', '3.2 s', '1 min'].map(inOneLine))
  expect([counted(1, 'record'), counted(2000, 'record')]).toEqual(['1 record', '2,000 records'])
  expect(clock(0, 0)).toMatch(/^\d\d:\d\d:\d\d$/)
})

it('a command line to paste means the same to bash and to zsh', () => {
  expect(shellLine(['tmux', '-L', 'gw', 'attach-session', '-t', '=claude-docs', "it's"])).toBe(
    String.raw`tmux -L gw attach-session -t '=claude-docs' 'it'\''s'`,
  )
})

it('keys have their names of tmux, and Tab stays with the page', () => {
  expect(['a', 'Enter', 'ArrowUp', ' ', 'F5', 'é'].map((key) => pressed(key))).toEqual([
    ...['a', 'Enter', 'Up', 'Space', 'F5', 'é'],
  ])
  expect([pressed('C', { ctrlKey: true }), pressed('x', { altKey: true })]).toEqual(['C-c', 'M-x'])
  expect(['Tab', 'Shift', 'Dead'].map((key) => pressed(key))).toEqual([undefined, undefined, undefined])
  expect(pressed('c', { metaKey: true })).toBeUndefined()
  const altGr = { ctrlKey: true, altKey: true, getModifierState: (name: string) => name === 'AltGraph' }
  expect(pressed('@', altGr)).toBe('@')
})

it('an address names a page, and an unknown address is the list of sessions', () => {
  expect(routeOf(sessionHref('a/b ü'))).toEqual({ page: 'session', workspace: 'a/b ü' })
  expect(routeOf('#/stores')).toEqual({ page: 'stores' })
  for (const wrong of ['', '#/session/%E0%A4%A', '#/session', '#/nothing'])
    expect(routeOf(wrong)).toEqual({ page: 'sessions' })
})

it('persistence that fails is not switched off, so that it can be rolled back', () => {
  const offWith = (reason: string) => isSwitchedOff({ effective: { stores: ['memory'], reason, since: 0, epoch: 0 } })
  expect(['off', 'rolled-back'].map(offWith)).toEqual([true, true])
  expect(['ok', 'degraded', 'locked', 'switch-failed', 'starting'].filter(offWith)).toEqual([])
})

it('the heading of each column says in which order its values are', () => {
  const session = (at: number) =>
    ({ workspace: `w${at}`, createdAt: at, lastActivityAt: at, totalRequests: at }) as Session
  const shown: Record<Sort, (session: Session) => string | number> = {
    workspace: ({ workspace }: Session) => workspace,
    age: ({ createdAt }: Session) => 10 - createdAt,
    activity: ({ lastActivityAt }: Session) => lastActivityAt,
    requests: ({ totalRequests }: Session) => totalRequests,
  }
  for (const [name, { compare, order }] of Object.entries(SORTS)) {
    const [first, second] = [session(2), session(1)].sort(compare).map(shown[name as Sort])
    expect({ name, order }).toEqual({ name, order: (first ?? '') < (second ?? '') ? 'ascending' : 'descending' })
  }
})

describe('polling', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('reads once for several calls of soon() during a read, and never twice at a time', async () => {
    let reads = 0
    let running = 0
    const { soon, stop } = poll(
      async () => {
        reads += 1
        running += 1
        expect(running).toBe(1)
        await new Promise((resolve) => setTimeout(resolve, 50))
        running -= 1
      },
      { everyMs: 1000, soonMs: 100 },
    )
    for (let typed = 0; typed < 5; typed += 1) soon()
    await vi.advanceTimersByTimeAsync(160)
    expect(reads).toBe(2)
    await vi.advanceTimersByTimeAsync(1050)
    expect(reads).toBe(3)
    stop()
    soon()
    await vi.advanceTimersByTimeAsync(5000)
    expect(reads).toBe(3)
  })
})

describe('the state of the page', () => {
  const session = { workspace: 'docs', totalRequests: 5 } as never
  const stats = { endedSessions: 0 } as never
  const full = {
    ...{ now: 5000, living: [session], sessions: stats, persistence: {}, selection: {}, process: {}, mayWrite: true },
    ...{ activity: { requests: { docs: [1] } }, recent: [] },
  } as never
  const begun = reduce(initialState, { type: 'state', data: full, clientNow: 4000 })

  it('begins anew with each state, and follows the changes', () => {
    expect(begun).toMatchObject({ connection: 'live', clockSkewMs: 1000, mayWrite: true })
    const more = { ...{ now: 6000, gone: ['docs'], persistence: {}, stats }, sessions: [{ workspace: 'new' }] } as never
    const after = reduce(begun, { type: 'changes', data: more, clientNow: 6000 })
    expect([...after.sessions.keys()]).toEqual(['new'])
    expect(after.clockSkewMs).toBe(0)
  })

  it('counts the requests of each step', () => {
    const later = { ...begun, sessions: new Map([['docs', { workspace: 'docs', totalRequests: 9 } as never]]) }
    expect(reduce(later, { type: 'count' }).curves.get('docs')).toEqual([1, 4])
  })

  it('counts the first requests of a session that was created meanwhile, and not those of an earlier run', () => {
    const found = (workspace: string, more: object) =>
      [workspace, { workspace, totalRequests: 9, ...more } as never] as const
    const later = {
      ...begun,
      sessions: new Map([
        found('new', { origin: 'created' }),
        found('resumed', { origin: 'created', generation: 2 }),
        found('found', { origin: 'stored' }),
      ]),
    }
    const { curves } = reduce(later, { type: 'count' })
    expect(['new', 'resumed', 'found'].map((workspace) => curves.get(workspace))).toEqual([[9], [0], [0]])
  })

  it('keeps the events of stores, and reads the ended sessions again after an event of sessions', () => {
    const event = (name: string) => ({ type: 'event', event: { event: name, at: 1, data: {} } }) as const
    const after = [event('store:degraded'), event('session:gone')].reduce(reduce, begun)
    expect(after.events).toHaveLength(1)
    expect(after.endedVersion).toBe(begun.endedVersion + 1)
    expect(reduce(begun, { type: 'connection', connection: 'lost' }).connection).toBe('lost')
  })
})
