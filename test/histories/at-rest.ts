import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { attributeOf } from './model.ts'
import type { Process, World } from './world.ts'

/** Records that are not this pool's to touch: another pool's, and a newer release's. */
const FOREIGN: Readonly<Record<string, object>> = {
  'claude-other': {
    sessionName: 'claude-other',
    workspace: 'other',
    createdAt: 1,
    lastActivityAt: 2,
    totalRequests: 3,
    status: 'idle',
    pool: 'another',
  },
  'claude-newer': { schemaVersion: 2, whatever: true },
}

export async function plantForeign(directory: string): Promise<void> {
  for (const [name, record] of Object.entries(FOREIGN))
    await writeFile(join(directory, `${name}.json`), JSON.stringify(record))
}

type Stored = Record<string, unknown>

/** Waits until everything that fails has been mended and written, and compares host, pool, disk and model. */
export async function atRest(world: World, { pool, deleted }: Process): Promise<void> {
  const until = performance.now() + 8000
  let difference = 'never looked'
  while (performance.now() < until) {
    const { conflicts, foreign } = await pool.discoverExistingSessions()
    await delay(10)
    difference = await compare(world, pool, new Set([...conflicts, ...foreign]), deleted)
    if (difference === '') return
  }
  world.complain(`at rest: ${difference}`)
}

async function compare(
  world: World,
  pool: Process['pool'],
  others: ReadonlySet<string>,
  deleted: ReadonlySet<string>,
): Promise<string> {
  const { effective, stores } = pool.persistence()
  const dirty = stores.reduce((sum, store) => sum + store.dirty, 0)
  if (effective.reason !== 'ok' || dirty > 0) return `persistence is ${effective.reason}, ${dirty} dirty`
  const records = await stored(world.disk.directory)
  const views = pool.listSessions()
  const living = (await world.host.list()).filter(({ exited, sessionName }) => !exited && !others.has(sessionName))
  const names = (list: ReadonlyArray<{ sessionName: string }>) =>
    list
      .map(({ sessionName }) => sessionName)
      .toSorted()
      .join()
  if (names(living) !== names(views)) return `${names(living)} live, the pool has ${names(views)}`
  for (const view of views) {
    const record = records.get(view.sessionName)
    for (const key of ['incarnation', 'workspace', 'createdAt', 'lastActivityAt', 'totalRequests', 'status'] as const)
      if (record?.[key] !== view[key])
        return `${view.sessionName} has ${key} ${view[key]}, on disk ${String(record?.[key])}`
    if (attributeOf(record?.attributes) !== attributeOf(view.attributes))
      return `${view.sessionName}: attributes differ`
  }
  // A record under the name of a living session, also of one that is not the pool's, is no orphan.
  const taken = new Set([...names(living).split(','), ...others])
  return orphans(world, records, taken, deleted)
}

/** What stands on the disk besides live sessions is untouched, or the last record of one that ended. */
function orphans(
  { model }: World,
  records: ReadonlyMap<string, Stored>,
  living: ReadonlySet<string>,
  deleted: ReadonlySet<string>,
): string {
  const seen = new Set<string>()
  for (const [name, record] of records) {
    const foreign = FOREIGN[name]
    if (foreign) {
      if (JSON.stringify(foreign) !== JSON.stringify(record)) return `${name} is not this pool's, and was changed`
      continue
    }
    const one = model.life(String(record.incarnation))
    if (seen.has(one.incarnation)) return `${one.incarnation} has two records`
    seen.add(one.incarnation)
    if (living.has(name)) continue
    if (deleted.has(one.incarnation)) return `${name} (${one.incarnation}) was deleted, and is there`
    if (record.expiresAt === undefined) return `${name} (${one.incarnation}) has ended, its record does not expire`
    const total = Number(record.totalRequests)
    if (total < one.acknowledged || total > one.counted)
      return `${name} (${one.incarnation}) ended with ${total}, not ${one.acknowledged} to ${one.counted}`
  }
  return ''
}

async function stored(directory: string): Promise<Map<string, Stored>> {
  const records = new Map<string, Stored>()
  for (const entry of await readdir(directory)) {
    if (!entry.endsWith('.json')) continue
    records.set(entry.slice(0, -'.json'.length), JSON.parse(await readFile(join(directory, entry), 'utf8')) as Stored)
  }
  return records
}
