import type { Clock, StoreError } from '@sessionkeep/contracts'
import type { DesiredRecord } from './desired-record.ts'
import type { AnsweredCopy } from './store-answer.ts'

/** A caller that waits for a write to be acknowledged. */
interface Waiter extends Pick<DesiredRecord, 'about' | 'isTombstone' | 'revision'> {
  resolve(): void
  reject(error: unknown): void
}

/** What a store has answered and acknowledged for the session that has a name. Another session of that name starts anew. */
interface SubjectState {
  /** The session or tombstone. */
  readonly about: object
  /** Whether the store has answered for it. */
  readonly isRead: boolean
  /** Whether this run has written it to the store. */
  readonly isWritten: boolean
  /** Whether the store has a record of it under this name. */
  readonly isStored: boolean
  /** The revision that the store has acknowledged. */
  readonly ackedRevision: number | undefined
}

/** The record that a session has left under a former name. */
export interface LeftRecord {
  readonly about: object
  /** The revision under which the session has all that the record has. */
  readonly revision: number
}

/** The state of one name in one store. */
export interface Slot {
  /** The state of the session or tombstone that has the name. */
  subject: SubjectState | undefined
  /** The session that had the name before, while the store may have the record of that one under it. */
  left: LeftRecord | undefined
  /** The tombstone that the store has not acknowledged yet. With `evenIfAbsent` it is written even if the store has nothing under that name. */
  owed: { readonly about: object; readonly evenIfAbsent: boolean } | undefined
  /**
   * The answer of the store since it was opened: `unasked`, none yet; `unclear`, the name could not be read; `free`, the name may
   * be written; or the copy that must not simply be overwritten.
   */
  readonly answer: 'unasked' | 'unclear' | 'free' | AnsweredCopy
  /** Since when the name is dirty, monotonic ms; undefined if it is not. */
  dirtySince: number | undefined
  /** The number of changes so far. An acknowledged write covers only the changes before it. */
  changes: number
  /** Whether a caller waits for the write. Urgent names are written first, and without waiting for a back-off. */
  urgent: boolean
  /** Set when the name failed while other names of its batch were written. */
  readonly failure: { readonly attempts: number; readonly retryAt: number; readonly error: StoreError } | undefined
  /** Set while a write that timed out may still take effect; fulfils when that call has ended. */
  unconfirmed: Promise<void> | undefined
  /** The number of the writing call that last sent the name. Reads that began before that call are stale. */
  sentAt: number
  /** The callers that wait for a write of the name. */
  waiters: readonly Waiter[]
}

/** All slots without a waiting caller share this list, because a list for each of thousands would take memory. */
const NOBODY: readonly Waiter[] = []

/** Makes the table of slots of one store, with sets of the dirty and the urgent names. */
export function createSlots(clock: Clock) {
  const slots = new Map<string, Slot>()
  const dirty = new Set<string>()
  const urgent = new Set<string>()
  /** The names whose answer is `unclear`. */
  const unclear = new Set<string>()
  /** The names whose answer is a copy that must not simply be overwritten. */
  const blocked = new Set<string>()
  /** The names that failed alone. */
  const failing = new Set<string>()
  /** The highest `sentAt` of a slot that was dropped. */
  let droppedAt = 0

  const slotOf = (name: string): Slot => {
    const known = slots.get(name)
    if (known) return known
    // All fields are in one literal, so that all slots share one shape. A shape takes more memory than a slot.
    const slot: Slot = {
      subject: undefined,
      left: undefined,
      owed: undefined,
      answer: 'unasked',
      dirtySince: undefined,
      changes: 0,
      urgent: false,
      failure: undefined,
      unconfirmed: undefined,
      sentAt: droppedAt,
      waiters: NOBODY,
    }
    slots.set(name, slot)
    return slot
  }
  const subjectOf = (name: string, about: object): SubjectState | undefined => {
    const subject = slots.get(name)?.subject
    return subject?.about === about ? subject : undefined
  }
  /** Gives a name to a session, or to none. What the former one has stored there is remembered until it is replaced. */
  const pass = (name: string, subject: SubjectState | undefined): void => {
    const slot = slotOf(name)
    const { about, isStored, ackedRevision = 0 } = slot.subject ?? {}
    if (about && isStored && about !== subject?.about) slot.left = { about, revision: ackedRevision }
    slot.subject = subject
  }
  const note = (name: string, about: object, facts: Partial<SubjectState>): void => {
    const known = { ...subjectOf(name, about), ...facts }
    const { isRead = false, isWritten = false, isStored = false, ackedRevision } = known
    pass(name, { about, isRead, isWritten, isStored, ackedRevision })
  }
  const namesWhere = (holds: (slot: Slot) => boolean): string[] => {
    const names: string[] = []
    for (const [name, slot] of slots) if (holds(slot)) names.push(name)
    return names
  }
  const take = (slot: Slot, wanted: (waiter: Waiter) => boolean): Waiter[] => {
    const taken = slot.waiters.filter(wanted)
    if (taken.length === slot.waiters.length) slot.waiters = NOBODY
    else slot.waiters = slot.waiters.filter((waiter) => !wanted(waiter))
    return taken
  }

  return {
    /** The slot of a name; made if there is none. */
    get: slotOf,
    /** All names with their slots. */
    all: (): Iterable<[string, Slot]> => slots,
    names: (): string[] => [...slots.keys()],
    namesWhere,
    /** Notes what the store has answered for a name. */
    setAnswer(name: string, answer: Slot['answer']): void {
      const slot: { answer: Slot['answer'] } = slotOf(name)
      slot.answer = answer
      if (answer === 'unclear') unclear.add(name)
      else unclear.delete(name)
      if (typeof answer === 'object') blocked.add(name)
      else blocked.delete(name)
    },
    /** The names that the store could not read. */
    unclear: (): ReadonlySet<string> => unclear,
    /** The names under which the store has a copy that must not simply be overwritten. */
    blocked: (): ReadonlySet<string> => blocked,
    /** Notes that a name failed while other names of its batch were written, or that it no longer does. */
    setFailure(name: string, failure: Slot['failure']): void {
      const slot: { failure: Slot['failure'] } = slotOf(name)
      slot.failure = failure
      if (failure) failing.add(name)
      else failing.delete(name)
    },
    /** The names that failed alone, and have not been written since. */
    failing: (): ReadonlySet<string> => failing,
    /** The names among these that were sent after writing call number `asOf`. Copies of them that were read before are stale. */
    sentAfter(asOf: number, names: ReadonlyMap<string, unknown>): string[] {
      // A name without a slot may have had one that was dropped.
      if (droppedAt > asOf) return [...names.keys()].filter((name) => (slots.get(name)?.sentAt ?? droppedAt) > asOf)
      return namesWhere(({ sentAt }) => sentAt > asOf).filter((name) => names.has(name))
    },
    /**
     * Drops the slots of names that are no longer used; otherwise a pool with ever new session names would need ever more memory.
     * Names that were sent after writing call number `asOf` stay. Answers that are older than a dropped slot are stale.
     */
    prune(asOf: number, isKnown: (name: string) => boolean): void {
      for (const [name, slot] of slots) {
        const isIdle = slot.answer === 'unasked' && slot.dirtySince === undefined && slot.waiters.length === 0
        if (!isIdle || slot.urgent || slot.failure || slot.unconfirmed || slot.sentAt > asOf || isKnown(name)) continue
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
    /** Notes that the name is not dirty any more. */
    clean(name: string): void {
      slotOf(name).dirtySince = undefined
      dirty.delete(name)
    },

    /** Whether the store has answered for this session, and has not failed to read its name since it was opened. */
    isRead: (name: string, about: object): boolean =>
      subjectOf(name, about)?.isRead === true && slots.get(name)?.answer !== 'unclear',
    isWritten: (name: string, about: object): boolean => subjectOf(name, about)?.isWritten === true,
    ackedRevision: (name: string, about: object): number | undefined => subjectOf(name, about)?.ackedRevision,
    /** Notes that the store has answered for a session. */
    noteRead(name: string, about: object): void {
      note(name, about, { isRead: true })
    },
    /** Notes whether the store has a record of a session, and in which revision; undefined if that is none of this run. */
    noteStored(name: string, about: object, isStored: boolean, ackedRevision: number | undefined): void {
      note(name, about, { isStored, ackedRevision })
    },
    /** Notes that the store has acknowledged the record of a session, or its deletion. */
    noteWritten(name: string, { about, revision, record }: DesiredRecord): void {
      note(name, about, { isRead: true, isWritten: true, isStored: record !== null, ackedRevision: revision })
    },
    /** Notes that a session has another name, under which the store has acknowledged nothing yet. */
    rename(about: object, from: string, to: string): void {
      const subject = subjectOf(from, about)
      if (!subject) return
      pass(from, undefined)
      pass(to, { ...subject, isStored: false, ackedRevision: undefined })
    },
    /** The record under this name that is not of the session that has it, if the store may have one. The former session may still seem to have the name. */
    left(name: string, present: object): LeftRecord | undefined {
      const { subject, left } = slots.get(name) ?? {}
      const isOfSubject = subject?.isStored && subject.about !== present
      return isOfSubject ? { about: subject.about, revision: subject.ackedRevision ?? 0 } : left
    },
    /** Notes which other session the record under a name is of; undefined: of none, or there is no record. */
    setLeft(name: string, left: LeftRecord | undefined): void {
      if (left || slots.get(name)?.left) slotOf(name).left = left
    },
    /** Notes that the record which this other session has under a name is stored elsewhere too, so that it may be replaced. */
    releaseLeft(name: string, about: object): void {
      const slot = slotOf(name)
      if (slot.left?.about === about) slot.left = undefined
      if (slot.subject?.about === about) slot.subject = { ...slot.subject, isStored: false }
    },
    /** Notes that the store has to acknowledge a tombstone. Once true, `evenIfAbsent` stays so. */
    owe(name: string, about: object, evenIfAbsent: boolean): void {
      const slot = slotOf(name)
      const known = slot.owed?.about === about ? slot.owed : undefined
      slot.owed = { about, evenIfAbsent: evenIfAbsent || known?.evenIfAbsent === true }
    },
    /** Whether, and how, the store has to acknowledge this very tombstone. */
    owed(name: string, about: object): Slot['owed'] {
      const owed = slots.get(name)?.owed
      return owed?.about === about ? owed : undefined
    },
    /** Notes that the store has acknowledged its tombstone or does not need it. */
    settleOwed(name: string): void {
      slotOf(name).owed = undefined
    },

    /** Fulfils at the first acknowledged write of this revision or a later one; rejects at the first failed attempt. */
    wait(name: string, { about, isTombstone, revision }: DesiredRecord): Promise<void> {
      const slot = slotOf(name)
      return new Promise((resolve, reject) => {
        slot.waiters = [...slot.waiters, { about, isTombstone, revision, resolve, reject }]
      })
    },
    /**
     * Answers the waiters after a write. Waiters that `written` covers are fulfilled. Waiters for a session that has ended, so
     * that `present` has another one, are rejected: they would wait in vain.
     */
    settle(
      name: string,
      written: DesiredRecord,
      present: () => DesiredRecord | undefined,
      ended: () => StoreError,
    ): void {
      const slot = slotOf(name)
      // To make a record with `present()` costs more than all the rest, and hardly any name has a waiter.
      if (slot.waiters.length === 0) return
      const current = present()
      const isOf = (waiter: Waiter, desired: DesiredRecord | undefined): boolean =>
        waiter.about === desired?.about && waiter.isTombstone === desired.isTombstone
      const isCovered = (waiter: Waiter): boolean => isOf(waiter, written) && waiter.revision <= written.revision
      for (const waiter of take(slot, isCovered)) waiter.resolve()
      for (const waiter of take(slot, (other) => !isOf(other, current))) waiter.reject(ended())
    },
    /** Rejects all that wait for a name. */
    reject(name: string, error: unknown): void {
      for (const waiter of take(slotOf(name), () => true)) waiter.reject(error)
    },
    /** Rejects all that wait for any name. */
    rejectAll(error: unknown): void {
      for (const slot of slots.values()) for (const waiter of take(slot, () => true)) waiter.reject(error)
    },
  }
}

export type Slots = ReturnType<typeof createSlots>
