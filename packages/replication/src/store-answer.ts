import { type Copy, parseRecord } from '@sessionkeep/contracts'
import { forEachYielding, type StoreCalls } from '@sessionkeep/contracts/internal'
import type { StoreRef } from './store-ref.ts'

/** What a store has under a name. `elsewhere`: the record of a session that lives where the host cannot reach it. */
export type AnsweredCopy = Copy | { readonly kind: 'elsewhere'; readonly incarnation: string; readonly detail: string }

/** The answer of one store to a read. A name that is not in `copies` is unknown, not absent. */
export interface StoreAnswer {
  readonly store: StoreRef
  /** Whether the answer is about all names that the store has for this pool. */
  readonly complete: boolean
  /** The copy under each name that the store answered for. */
  readonly copies: ReadonlyMap<string, AnsweredCopy>
  /** The number of the last writing call that had been sent when the read began. */
  readonly asOf: number
  /** Names that were being written during the read. Their copies would be stale reads and are left out. */
  readonly stale: ReadonlySet<string>
  /**
   * Names that the store could not read.
   * @defaultValue none
   */
  readonly indeterminate?: ReadonlySet<string>
  /**
   * Whether this is the answer about the living sessions alone with which a large store is joined at the start. The rest of
   * it is read later.
   * @defaultValue `false`
   */
  readonly isFirst?: boolean
}

const ABSENT: Copy = { kind: 'absent' }

/** What to read from a store. */
export interface Question {
  readonly names: readonly string[]
  /**
   * Which of the other names that the store lists are read too.
   * @defaultValue none
   */
  readonly all?: ((name: string) => boolean) | undefined
  /**
   * If the store lists more names than this, nothing is read.
   * @defaultValue no limit
   */
  readonly most?: number | undefined
  /** The number of the last writing call that was sent. */
  readonly asOf: number
  /** Names that are being written, whose copies are to be left out. */
  readonly stale: ReadonlySet<string>
  /** Aborted when the answer is not wanted any more. */
  readonly signal: AbortSignal
}

/**
 * Reads from a store. `isOurs` says whether a record that names this owner belongs to this pool; otherwise it is foreign. Returns
 * undefined when the store lists more names than `most`.
 */
export async function readAnswer(
  calls: StoreCalls,
  store: StoreRef,
  isOurs: (pool: string) => boolean,
  { names, all, most = Number.POSITIVE_INFINITY, asOf, stale, signal }: Question,
): Promise<StoreAnswer | undefined> {
  const listed = all ? await calls.listAtMost(most) : []
  if (!listed) return undefined
  // A list of a hundred thousand names must not be copied into a set: that alone would take a turn of 10 ms.
  const first = new Set(names)
  const requested = all ? [...first, ...listed.filter((name) => !first.has(name) && all(name))] : [...first]
  const { found, failed } = await calls.read(requested, signal)
  const copies = new Map<string, Copy>()
  const indeterminate = new Set<string>()
  await forEachYielding(requested, (name) => {
    if (stale.has(name)) return
    const error = failed.get(name)
    if (error?.code === 'STORE_RECORD_UNREADABLE') copies.set(name, { kind: 'unreadable', reason: error.message })
    else if (error) indeterminate.add(name)
    else copies.set(name, found.has(name) ? ofPool(parseRecord(name, found.get(name)), isOurs) : ABSENT)
  })
  return { store, complete: all !== undefined, copies, asOf, stale, indeterminate }
}

function ofPool(copy: Copy, isOurs: (pool: string) => boolean): Copy {
  const owner = copy.kind === 'found' ? copy.record.pool : undefined
  return owner === undefined || isOurs(owner) ? copy : { kind: 'foreign', pool: owner }
}
