import type { MetadataStore } from '@sessionkeep/contracts'
import type { Stored } from './reference-store.ts'
import type { Backend } from './world.ts'

/** The records that may occupy the name of a session that the pool creates later. */
export const OBSTACLES = ['nothing', 'newer', 'foreign', 'unreadable'] as const
export type Obstacle = (typeof OBSTACLES)[number]

/** The workspace whose session name may be occupied in the stores. */
export const OBSTRUCTED = 'd'

const record = (sessionName: string, more: Stored): Stored => ({
  ...{ sessionName, workspace: sessionName.slice('claude-'.length), createdAt: 1, lastActivityAt: 2, totalRequests: 3 },
  ...{ status: 'idle', ...more },
})

const OBSTACLE_RECORDS: Readonly<Record<Obstacle, (name: string) => Stored | undefined>> = {
  nothing: () => undefined,
  newer: () => ({ schemaVersion: 2, whatever: true }),
  foreign: (name) => record(name, { pool: 'another' }),
  unreadable: () => ({ torn: true }),
}

/** Records that the pool must not change: of another pool, of a newer release, an unreadable record and an orphan. */
const UNTOUCHABLE_RECORDS: ReadonlyMap<string, Stored> = new Map([
  ['claude-other', record('claude-other', { pool: 'another' })],
  ['claude-newer', { schemaVersion: 2, whatever: true }],
  ['claude-torn', { torn: true }],
  [
    'claude-past',
    record('claude-past', { incarnation: 'long.ago', pool: 'claude-', expiresAt: 4e12, schemaVersion: 1 }),
  ],
])

export const isPlanted = (name: string): boolean => UNTOUCHABLE_RECORDS.has(name)

/** Writes the untouchable records and the obstacle to a store, if it is durable. */
export async function plant({ kind, place, reference }: Backend, obstacle: Obstacle): Promise<void> {
  const { durability, retains } = kind.capabilities
  if (durability === 'none' || !retains) return
  const blocking = OBSTACLE_RECORDS[obstacle](`claude-${OBSTRUCTED}`)
  const records = new Map([...UNTOUCHABLE_RECORDS, ...(blocking ? [[`claude-${OBSTRUCTED}`, blocking] as const] : [])])
  const store = await kind.create(place)
  await withOpen(store, false, (signal) => store.setMany(records, { signal }))
  for (const [name, planted] of records) reference.noteAcknowledged(name, planted, 0)
}

/** Opens a store that no process uses, calls `run`, and closes the store. */
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
