import { join, parseRecord, serializeRecord } from '@sessionkeep/core/store'
import type { Stored } from '../stores/records.ts'
import { differences } from './differences.ts'
import type { FateOf } from './moves.ts'

/**
 * What a copy does with one record.
 *
 * - `same`: the target has it already.
 * - `written`: the target has nothing under its name, or the record of an earlier session.
 * - `joined`: the target has another copy of the same session, and both are joined.
 * - `kept`: the target has a newer record, which stays.
 * - `refused`: this release cannot read one of the two records, or the record would replace that of another session which the copy
 *   cannot bring to its own name; both stay as they are.
 */
export type Decision =
  | { readonly kind: 'same' | 'kept' }
  | { readonly kind: 'written' | 'joined'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * Decides what a copy does with one record. Once that is done, the next decision is `same` or `kept`. So a copy may be
 * stopped at any time and run again.
 *
 * @param fateOf - what becomes of a session that the target has under this name, and the source under another one, as when two
 * sessions have swapped their names.
 */
export function decide(name: string, from: Stored, to: Stored | undefined, fateOf: FateOf = () => undefined): Decision {
  if ('fault' in from) return { kind: 'refused', why: `it cannot be read: ${from.fault}` }
  if (to === undefined) return writable(name, from.value)
  if ('fault' in to) return { kind: 'refused', why: `the target has a record that cannot be read: ${to.fault}` }
  if (differences(from.value, to.value).length === 0) return { kind: 'same' }
  const [source, target] = [parseRecord(name, from.value), parseRecord(name, to.value)]
  if (source.kind !== 'found') return { kind: 'refused', why: whyNot(source) }
  if (target.kind !== 'found') return { kind: 'refused', why: `the target has another record: ${whyNot(target)}` }
  const { incarnation } = target.record
  if (incarnation !== undefined && isOtherSession(source.record.incarnation, incarnation)) {
    const fate = fateOf(incarnation)
    if (fate === 'moved') return { kind: 'written', value: from.value }
    if (source.record.createdAt <= target.record.createdAt) return { kind: 'kept' }
    if (fate === undefined) return { kind: 'written', value: from.value }
    const { workspace } = target.record
    return { kind: 'refused', why: `the target has the session of ${workspace} under this name, ${WHY[fate]}` }
  }
  const value = serializeRecord(join(source.record, target.record))
  if (differences(value, from.value).length === 0) return { kind: 'written', value: from.value }
  return differences(value, to.value).length === 0 ? { kind: 'kept' } : { kind: 'joined', value }
}

const WHY = {
  stuck: 'and that one cannot be written under its own name',
  newer: 'and more of it than the source has; copy that session from the target to the source first',
}

/** A record of a later release is copied as it is. A value that is not a record is refused. */
function writable(name: string, value: unknown): Decision {
  const copy = parseRecord(name, value)
  return copy.kind === 'unreadable' ? { kind: 'refused', why: whyNot(copy) } : { kind: 'written', value }
}

function whyNot(copy: ReturnType<typeof parseRecord>): string {
  if (copy.kind === 'unreadable') return `it is no record: ${copy.reason}`
  return copy.kind === 'newer' ? `a later release wrote it (schemaVersion ${copy.schemaVersion})` : 'it cannot be used'
}

function isOtherSession(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b
}
