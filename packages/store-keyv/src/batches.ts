import { randomBytes } from 'node:crypto'
import { StoreBatchError, type StoreError } from '@sessionkeep/core/store'
import type { Engine } from './engine.ts'
import { isCoded } from './errors.ts'
import type { Floor } from './keys.ts'
import { deserialize, serialize } from './record-text.ts'

/** The records of these names; rejects with a `StoreBatchError` that has the rest when some cannot be read. */
export async function readRecords(
  engine: Engine,
  floor: Floor,
  names: readonly string[],
): Promise<Map<string, unknown>> {
  if (names.length === 0) return new Map()
  const texts = await engine.get(names.map(floor.key))
  const present = names.filter((name) => texts.has(floor.key(name)))
  return settle(present, (name) => deserialize(name, texts.get(floor.key(name))))
}

/** The texts to be written, by key, and what cannot be stored. */
export function textsOf(records: ReadonlyMap<string, unknown>, floor: Floor, maxBytes: number | undefined) {
  const failed = new Map<string, StoreError>()
  const texts = new Map<string, string>()
  for (const [name, record] of records) {
    const key = floor.key(name)
    attempt(name, failed, () => texts.set(key, serialize(name, record, floor.nameOf(key) === undefined, maxBytes)))
  }
  return { texts, failed }
}

/** For each name, a place of its own to which what stands there is moved. */
export function movesAside(names: readonly string[], floor: Floor): Map<string, string> {
  return new Map(names.map((name) => [floor.key(name), floor.asideKey(name, randomBytes(9).toString('base64url'))]))
}

function settle(names: readonly string[], task: (name: string) => unknown): Map<string, unknown> {
  const failed = new Map<string, StoreError>()
  const values = new Map<string, unknown>()
  for (const name of names) attempt(name, failed, () => values.set(name, task(name)))
  if (failed.size > 0) throw new StoreBatchError(failed, values)
  return values
}

function attempt(name: string, failed: Map<string, StoreError>, task: () => unknown): void {
  try {
    task()
  } catch (error) {
    if (!isCoded(error)) throw error
    failed.set(name, error)
  }
}
