import type { MetadataStore } from '@sessionkeep/core'
import type { Stored } from './shelf.ts'
import type { Ground } from './world.ts'

/** What may stand under the name of a session that the pool makes later. */
export const OBSTACLES = ['nothing', 'newer', 'foreign', 'unreadable'] as const
export type Obstacle = (typeof OBSTACLES)[number]

/** The workspace whose name is taken in the stores. */
export const OBSTRUCTED = 'd'

const record = (sessionName: string, more: Stored): Stored => ({
  ...{ sessionName, workspace: sessionName.slice('claude-'.length), createdAt: 1, lastActivityAt: 2, totalRequests: 3 },
  ...{ status: 'idle', ...more },
})

const IN_THE_WAY: Readonly<Record<Obstacle, (name: string) => Stored | undefined>> = {
  nothing: () => undefined,
  newer: () => ({ schemaVersion: 2, whatever: true }),
  foreign: (name) => record(name, { pool: 'another' }),
  unreadable: () => ({ torn: true }),
}

/** What no pool of the history has any business with: another pool's, a newer release's, an unreadable one, an orphan. */
const OTHERS: ReadonlyMap<string, Stored> = new Map([
  ['claude-other', record('claude-other', { pool: 'another' })],
  ['claude-newer', { schemaVersion: 2, whatever: true }],
  ['claude-torn', { torn: true }],
  [
    'claude-past',
    record('claude-past', { incarnation: 'long.ago', pool: 'claude-', expiresAt: 4e12, schemaVersion: 1 }),
  ],
])

export const isPlanted = (name: string): boolean => OTHERS.has(name)

/** Puts them into a store, where it keeps anything. */
export async function plant({ kind, place, shelf }: Ground, obstacle: Obstacle): Promise<void> {
  const { durability, retains } = kind.capabilities
  if (durability === 'none' || !retains) return
  const inTheWay = IN_THE_WAY[obstacle](`claude-${OBSTRUCTED}`)
  const records = new Map([...OTHERS, ...(inTheWay ? [[`claude-${OBSTRUCTED}`, inTheWay] as const] : [])])
  const store = await kind.create(place)
  await withOpen(store, false, (signal) => store.setMany(records, { signal }))
  for (const [name, planted] of records) shelf.done(name, planted, 0)
}

/** Opens a store that nobody uses, does something in it, and lets it go. */
export async function withOpen<T>(
  store: MetadataStore,
  readOnly: boolean,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal } = new AbortController()
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  await store.open?.({ signal, logger, readOnly })
  try {
    return await run(signal)
  } finally {
    await store.close?.()
  }
}
