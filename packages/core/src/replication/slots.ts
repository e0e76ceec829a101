import type { Clock } from '../base/clock.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Copy } from '../record/parse-record.ts'
import type { DesiredRecord } from './desired-record.ts'

interface Waiter extends Pick<DesiredRecord, 'about' | 'isTombstone' | 'revision'> {
  resolve(): void
  reject(error: unknown): void
}

/** What a store has said of, and has been given of, the session that has a name; another session of that name starts anew. */
interface Subject {
  readonly about: object
  /** Whether the store has said what it has of it. */
  readonly isRead: boolean
  /** Whether this run has written it there. */
  readonly isWritten: boolean
  /** The revision that the store has acknowledged. */
  readonly ackedRevision: number | undefined
}

/** Everything that is known about one name in one store, and what is still to be written there. */
export interface Slot {
  subject: Subject | undefined
  /** The tombstone that the store has yet to acknowledge; `evenIfAbsent`: also where it has nothing under that name. */
  owed: { readonly about: object; readonly evenIfAbsent: boolean } | undefined
  /**
   * What the store has said since it was opened: nothing yet; that it cannot tell; that the name may be written; or what
   * stands there that must not simply be overwritten.
   */
  answer: 'unasked' | 'unclear' | 'free' | Copy
  /** Since when the store lacks the current record; undefined: it does not. Monotonic ms. */
  dirtySince: number | undefined
  /** Counts the changes: an acknowledged write settles only those that came before it. */
  changes: number
  /** Somebody waits for it: written before the others, and in spite of a back-off. */
  urgent: boolean
  /** It failed while other names of its batch were written. */
  failure: { readonly attempts: number; readonly retryAt: number; readonly error: StoreError } | undefined
  /** A call about it that passed its deadline, and may still be done. */
  late: Promise<void> | undefined
  /** Number of the writing call that last sent it; what was read before that is stale. */
  sentAt: number
  waiters: readonly Waiter[]
}

/** The slots of one store, with those that are dirty and those that are urgent at hand. */
export function createSlots(clock: Clock) {
  const slots = new Map<string, Slot>()
  const dirty = new Set<string>()
  const urgent = new Set<string>()
  /** The highest number of a writing call that sent a name whose slot was dropped. */
  let droppedAt = 0

  const slotOf = (name: string): Slot => {
    const known = slots.get(name)
    if (known) return known
    const slot: Slot = {
      ...{ answer: 'unasked', dirtySince: undefined, changes: 0, urgent: false, failure: undefined },
      ...{ late: undefined, sentAt: droppedAt, waiters: [], subject: undefined, owed: undefined },
    }
    slots.set(name, slot)
    return slot
  }
  const subjectOf = (name: string, about: object): Subject | undefined => {
    const subject = slots.get(name)?.subject
    return subject?.about === about ? subject : undefined
  }
  const note = (name: string, about: object, facts: Partial<Subject>): void => {
    const known = subjectOf(name, about) ?? { about, isRead: false, isWritten: false, ackedRevision: undefined }
    slotOf(name).subject = { ...known, ...facts }
  }
  const namesWhere = (holds: (slot: Slot) => boolean): string[] =>
    [...slots].flatMap(([name, slot]) => (holds(slot) ? [name] : []))
  const take = (slot: Slot, wanted: (waiter: Waiter) => boolean): Waiter[] => {
    const taken = slot.waiters.filter(wanted)
    slot.waiters = slot.waiters.filter((waiter) => !wanted(waiter))
    return taken
  }

  return {
    get: slotOf,
    all: (): Iterable<[string, Slot]> => slots,
    namesWhere,
    /**
     * Drops the slots of names that nobody has anything to do with any more: else a pool that names each session anew would
     * keep them all. `asOf`: names that were sent since then stay. An answer that is older than a dropped slot is stale.
     */
    prune(asOf: number, isKnown: (name: string) => boolean): void {
      for (const [name, slot] of slots) {
        const isIdle = slot.answer === 'unasked' && slot.dirtySince === undefined && slot.waiters.length === 0
        if (!isIdle || slot.urgent || slot.failure || slot.late || slot.sentAt > asOf || isKnown(name)) continue
        droppedAt = Math.max(droppedAt, slot.sentAt)
        slots.delete(name)
      }
    },
    dirty: (): ReadonlySet<string> => dirty,
    urgent: (): ReadonlySet<string> => urgent,

    markDirty(name: string, since = clock.now()): void {
      const slot = slotOf(name)
      slot.changes += 1
      slot.dirtySince = Math.min(slot.dirtySince ?? since, since)
      dirty.add(name)
    },
    markUrgent(name: string): void {
      slotOf(name).urgent = true
      urgent.add(name)
    },
    notUrgent(name: string): void {
      slotOf(name).urgent = false
      urgent.delete(name)
    },
    /** The store has it, or is not to have it. */
    clean(name: string): void {
      slotOf(name).dirtySince = undefined
      dirty.delete(name)
    },

    isRead: (name: string, about: object): boolean => subjectOf(name, about)?.isRead === true,
    isWritten: (name: string, about: object): boolean => subjectOf(name, about)?.isWritten === true,
    ackedRevision: (name: string, about: object): number | undefined => subjectOf(name, about)?.ackedRevision,
    /** The store has said what it has of the session that has this name; `revision`: it has all of that already. */
    noteRead(name: string, about: object, revision?: number): void {
      note(name, about, revision === undefined ? { isRead: true } : { isRead: true, ackedRevision: revision })
    },
    noteWritten(name: string, about: object, revision: number): void {
      note(name, about, { isRead: true, isWritten: true, ackedRevision: revision })
    },
    /** A session has another name: the store has acknowledged nothing under that one. */
    rename(about: object, from: string, to: string): void {
      const subject = subjectOf(from, about)
      if (!subject) return
      slotOf(from).subject = undefined
      slotOf(to).subject = { ...subject, ackedRevision: undefined }
    },
    owe(name: string, about: object, evenIfAbsent: boolean): void {
      slotOf(name).owed = { about, evenIfAbsent }
    },
    /** What is owed of this very tombstone. */
    owed(name: string, about: object): Slot['owed'] {
      const owed = slots.get(name)?.owed
      return owed?.about === about ? owed : undefined
    },
    /** It is acknowledged, or the store has nothing to do with it. */
    settleOwed(name: string): void {
      slotOf(name).owed = undefined
    },

    /** Fulfils at the first acknowledged write that covers the decision; rejects at the first failed attempt. */
    wait(name: string, { about, isTombstone, revision }: DesiredRecord): Promise<void> {
      const slot = slotOf(name)
      return new Promise((resolve, reject) => {
        slot.waiters = [...slot.waiters, { about, isTombstone, revision, resolve, reject }]
      })
    },
    /** `current`: what is desired of the name now; whoever waits for another session, or for one before its end, waits in vain. */
    settle(name: string, written: DesiredRecord, current: DesiredRecord | undefined, ended: () => StoreError): void {
      const slot = slotOf(name)
      const isOf = (waiter: Waiter, desired: DesiredRecord | undefined): boolean =>
        waiter.about === desired?.about && waiter.isTombstone === desired.isTombstone
      const isCovered = (waiter: Waiter): boolean => isOf(waiter, written) && waiter.revision <= written.revision
      for (const waiter of take(slot, isCovered)) waiter.resolve()
      for (const waiter of take(slot, (other) => !isOf(other, current))) waiter.reject(ended())
    },
    reject(name: string, error: unknown): void {
      for (const waiter of take(slotOf(name), () => true)) waiter.reject(error)
    },
    rejectAll(error: unknown): void {
      for (const slot of slots.values()) for (const waiter of take(slot, () => true)) waiter.reject(error)
    },
  }
}

export type Slots = ReturnType<typeof createSlots>
