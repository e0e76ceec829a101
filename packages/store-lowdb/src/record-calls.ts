import { assertStoreName, StoreBatchError, type StoreError } from '@sessionkeep/core'
import { assertRecordFits, callError, objectText, unreadable } from '@sessionkeep/disk'
import type { Change, Records } from './document/document.ts'

/** The records of these names; see the contract's `getMany`. */
export function pick(records: Records, names: readonly string[], file: string): Map<string, unknown> {
  const values = new Map<string, unknown>()
  const failed = new Map<string, StoreError>()
  for (const name of names) {
    const text = records.get(name)
    if (text === undefined) continue
    if (text.startsWith('{')) values.set(name, JSON.parse(text))
    else failed.set(name, unreadable(name, file, 'it is JSON, and not an object'))
  }
  rejectFailed(failed, values)
  return values
}

/** The changes that these records make, and why some of them cannot be stored. */
export function changesOf(namespace: string | undefined, records: ReadonlyMap<string, unknown>) {
  const changes: Change[] = []
  const failed = new Map<string, StoreError>()
  for (const [name, record] of records) {
    try {
      const compact = objectText(name, record)
      assertRecordFits(name, compact, Buffer.byteLength(compact))
      changes.push({ namespace, name, to: { text: JSON.stringify(JSON.parse(compact), null, 2) } })
    } catch (error) {
      failed.set(name, callError(error, { doing: `write ${JSON.stringify(name)}`, context: { name } }))
    }
  }
  return { changes, failed }
}

export function rejectFailed(failed: ReadonlyMap<string, StoreError>, values?: ReadonlyMap<string, unknown>): void {
  if (failed.size > 0) throw new StoreBatchError(failed, values)
}

/** Whether a store takes this name; a document that people write may have others in it. */
export function isStoreName(name: string): boolean {
  try {
    assertStoreName(name)
    return true
  } catch {
    return false
  }
}
