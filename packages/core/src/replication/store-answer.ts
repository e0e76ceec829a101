import { type Copy, parseRecord } from '../record/parse-record.ts'
import type { StoreCalls } from './store-calls.ts'
import type { StoreRef } from './store-ref.ts'

/** What one store said. A name it was asked for and could not speak of is in none of the maps: that is unknown, not absent. */
export interface StoreAnswer {
  readonly store: StoreRef
  /** True when every name that the store has for this pool was asked for. */
  readonly complete: boolean
  readonly copies: ReadonlyMap<string, Copy>
  /** How much had been written when it was asked. */
  readonly asOf: number
  /** Names that were being written when it was asked, or have been since: what was read of them is left out. */
  readonly stale: ReadonlySet<string>
  /** Names that it has, or was asked for, and could not speak of. Default: none. */
  readonly indeterminate?: ReadonlySet<string>
}

const ABSENT: Copy = { kind: 'absent' }

export interface Question {
  readonly names: readonly string[]
  /** Which of the other names that the store lists are asked for as well. Default: none. */
  readonly all?: ((name: string) => boolean) | undefined
  readonly asOf: number
  /** Names of which nothing is to be believed. */
  readonly stale: ReadonlySet<string>
}

/** Asks a store; `pool`: whose records are not foreign. */
export async function readAnswer(
  calls: StoreCalls,
  store: StoreRef,
  pool: string,
  { names, all, asOf, stale }: Question,
): Promise<StoreAnswer> {
  const asked = all ? [...new Set([...names, ...(await calls.list()).filter(all)])] : [...new Set(names)]
  const { found, failed } = await calls.read(asked)
  const copies = new Map<string, Copy>()
  const indeterminate = new Set<string>()
  for (const name of asked) {
    if (stale.has(name)) continue
    const error = failed.get(name)
    if (error?.code === 'STORE_RECORD_UNREADABLE') copies.set(name, { kind: 'unreadable', reason: error.message })
    else if (error) indeterminate.add(name)
    else copies.set(name, found.has(name) ? ofPool(parseRecord(name, found.get(name)), pool) : ABSENT)
  }
  return { store, complete: all !== undefined, copies, asOf, stale, indeterminate }
}

function ofPool(copy: Copy, pool: string): Copy {
  const owner = copy.kind === 'found' ? copy.record.pool : undefined
  return owner === undefined || owner === pool ? copy : { kind: 'foreign', pool: owner }
}
