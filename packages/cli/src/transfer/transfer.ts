import { batches, readBatch } from '../stores/records.ts'
import { decide } from './decide.ts'
import type { Source, Target } from './ends.ts'
import { findMoves } from './moves.ts'

/** A record that was not copied. */
export interface Refused {
  readonly name: string
  readonly why: string
}

/** What a transfer did. In a dry run, what it would do. */
export interface TransferReport {
  /** The records that the source has. */
  readonly total: number
  readonly written: number
  readonly joined: number
  readonly same: number
  readonly kept: number
  readonly refused: readonly Refused[]
}

/** Where and how a transfer writes. */
export interface TransferOptions {
  readonly isDryRun: boolean
  /** Called after each batch with the number of records that are done. */
  onProgress(done: number): void
  readonly signal: AbortSignal
}

/**
 * Brings every record of the source to the target. It does not write a record again that the target already has. So if
 * a transfer is killed and run again, it goes on where it stopped. Only the target shows how far it came.
 */
export async function transfer(source: Source, target: Target, options: TransferOptions): Promise<TransferReport> {
  const counts = { written: 0, joined: 0, same: 0, kept: 0 }
  const refused: Refused[] = []
  const fateOf = await findMoves(source, target, options.signal)
  let done = 0
  for (const names of batches(source.names)) {
    options.signal.throwIfAborted()
    const [from, to] = await Promise.all([source.read(names), readBatch(target, names)])
    const wanted = new Map<string, unknown>()
    const kinds = new Map<string, 'written' | 'joined'>()
    for (const [name, stored] of from) {
      const decision = decide(name, stored, to.get(name), fateOf)
      if (decision.kind === 'refused') refused.push({ name, why: decision.why })
      else if ('value' in decision) {
        wanted.set(name, decision.value)
        kinds.set(name, decision.kind)
      } else counts[decision.kind] += 1
    }
    const failed = wanted.size === 0 || options.isDryRun ? undefined : await target.write?.(wanted)
    for (const [name, kind] of kinds) {
      const reason = failed?.get(name)
      if (reason) refused.push({ name, why: reason.message })
      else counts[kind] += 1
    }
    done += names.length
    options.onProgress(done)
  }
  return { total: source.names.length, ...counts, refused }
}
