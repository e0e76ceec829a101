import { redactFields, redactValue } from '@sessionkeep/contracts/errors'
import type { OpenStore } from '../stores/open.ts'
import { batches, namesOf, readBatch, type Stored } from '../stores/records.ts'
import { type Difference, differences, valueAt } from './differences.ts'
import { sourceFor } from './withheld.ts'

/** A field that differs. Credentials in the values are masked, because people paste what they see into reports. */
interface UnequalField {
  /** The path of the field, such as `attributes.agent.id`; empty for the value itself. */
  readonly field: string
  readonly from?: unknown
  readonly to?: unknown
  /** Whether both values look alike here, since they differ only in what is masked. */
  readonly masked?: true
}

/** A record that is not the same in both stores. */
export interface Unequal {
  readonly name: string
  readonly kind: 'only-in-from' | 'only-in-to' | 'differs' | 'unreadable'
  /** The fields that differ; empty for an unreadable record. */
  readonly fields: readonly UnequalField[]
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
  const [a, b] = ['value' in from && from.value, 'value' in to && to.value]
  const found = differences(a, b)
  if (found.length === 0) return undefined
  const shown = { from: masked(a), to: masked(b) }
  return { name, kind: 'differs', fields: found.map((each) => shownField(each, shown)) }
}

/** A whole record is masked, since the name of a field says whether what is below it is a secret. */
const masked = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? redactFields(value) : redactValue(value)

/** What stands for a value that is no longer there when its record is masked. */
const LEFT_OUT = '***'

function shownField(difference: Difference, shown: { readonly from: unknown; readonly to: unknown }): UnequalField {
  const { path } = difference
  const [from, to] = (['from', 'to'] as const).map((side) =>
    difference[side] === undefined ? undefined : (valueAt(shown[side], path) ?? LEFT_OUT),
  )
  return {
    field: path.join('.'),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(differences(from, to).length === 0 ? { masked: true } : {}),
  }
}
