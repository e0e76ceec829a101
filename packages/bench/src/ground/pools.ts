import {
  createSessionPool,
  type Logger,
  type MetadataOptions,
  type MetadataStore,
  memoryStore,
  noneStore,
  type SessionHost,
  type SessionPool,
} from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import type { Ground } from './directories.ts'

/** The stores that are measured, by the name they have in the tables. */
export const stores = {
  none: () => noneStore(),
  memory: () => memoryStore(),
  'file (process)': ({ directory }: Ground) => fileStore({ directory: directory('process'), durability: 'process' }),
  'file (power)': ({ directory }: Ground) => fileStore({ directory: directory('power'), durability: 'power' }),
} satisfies Record<string, (ground: Ground) => MetadataStore>

export type StoreName = keyof typeof stores

export interface PoolRequest {
  readonly host?: SessionHost
  /** Default: those of a gateway that sets nothing. */
  readonly metadata?: MetadataOptions
}

const silent = (): void => {}
const quiet: Logger = { debug: silent, info: silent, warn: silent, error: silent }

/** A pool with the defaults of every gateway, but for room for as many sessions as are asked for. Not started. */
export function makePool(store: MetadataStore, { host = memoryHost(), metadata }: PoolRequest = {}): SessionPool {
  return createSessionPool({
    host,
    metadata: { ...metadata, store },
    maxSessions: 2000,
    logger: quiet,
  })
}

/** The same, started, and stopped at the end. */
export async function startPool(ground: Ground, store: MetadataStore, request: PoolRequest = {}): Promise<SessionPool> {
  const pool = makePool(store, request)
  ground.onEnd(() => pool.stop())
  await pool.start()
  return pool
}

/** Workspaces `w0`, `w1`, …, each with a session. */
export async function populate(pool: SessionPool, count: number): Promise<string[]> {
  const workspaces = Array.from({ length: count }, (_, index) => `w${index}`)
  await Promise.all(workspaces.map((workspace) => pool.getOrCreateSession(workspace)))
  return workspaces
}
