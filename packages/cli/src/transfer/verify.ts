import type { OpenStore } from '../stores/open.ts'
import { batches, namesOf, readBatch, type Stored } from '../stores/records.ts'
import { type Difference, differences } from './differences.ts'
import { sourceFor } from './withheld.ts'

/** A record that is not the same in both stores. */
export interface Unequal {
  readonly name: string
  readonly kind: 'only-in-from' | 'only-in-to' | 'differs' | 'unreadable'
  /** The fields that differ; empty for an unreadable record. */
  readonly fields: readonly Difference[]
  /** Why it cannot be read. */
  readonly why?: string
}

/** What a comparison found. */
export interface VerifyReport {
  readonly from: number
  readonly to: number
  readonly same: number
  readonly unequal: readonly Unequal[]
}

/**
 * Compares all records of two stores in both directions, field by field. It compares what a copy would write to the
 * second one.
 */
export async function verify(
  from: OpenStore,
  to: OpenStore,
  onProgress: (done: number, total: number) => void,
): Promise<VerifyReport> {
  const [ofFrom, ofTo] = await Promise.all([namesOf(from), namesOf(to)])
  const names = [...new Set([...ofFrom, ...ofTo])].sort()
  const read = sourceFor(from, to)
  const unequal: Unequal[] = []
  let done = 0
  for (const batch of batches(names)) {
    const [a, b] = await Promise.all([read(batch), readBatch(to, batch)])
    for (const name of batch) {
      const found = compare(name, a.get(name), b.get(name))
      if (found) unequal.push(found)
    }
    done += batch.length
    onProgress(done, names.length)
  }
  return { from: ofFrom.length, to: ofTo.length, same: names.length - unequal.length, unequal }
}

function compare(name: string, from: Stored | undefined, to: Stored | undefined): Unequal | undefined {
  const faults = [from, to].flatMap((stored) => (stored && 'fault' in stored ? [stored.fault] : []))
  if (faults.length > 0) return { name, kind: 'unreadable', fields: [], why: faults.join('; ') }
  if (!from || !to) return from || to ? { name, kind: from ? 'only-in-from' : 'only-in-to', fields: [] } : undefined
  const fields = differences('value' in from && from.value, 'value' in to && to.value)
  return fields.length === 0 ? undefined : { name, kind: 'differs', fields }
}
