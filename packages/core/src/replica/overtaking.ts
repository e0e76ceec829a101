import type { StoreAnswer } from './store-answer.ts'

/** How many names are remembered; an answer from before what is forgotten counts as overtaken whole. */
const MOST = 10_000

/**
 * Remembers which names were written when, so that an answer can be held against what was written since it was asked
 * for: until the pool has made use of it, however long that waits for other stores.
 */
export function createOvertaking(most = MOST) {
  let now = 0
  let forgotten = 0
  /** The names that were written, each with its last time; the oldest first. */
  const writtenAt = new Map<string, number>()

  const written = (names: Iterable<string>): void => {
    now += 1
    for (const name of names) {
      writtenAt.delete(name)
      writtenAt.set(name, now)
    }
    for (const [name, at] of writtenAt) {
      if (writtenAt.size <= most) return
      writtenAt.delete(name)
      forgotten = at
    }
  }

  return {
    written,
    /** To be noted with an answer before it is asked for. */
    now: (): number => now,
    /** The answer without what it says of names that were written since. */
    upToDate(answer: StoreAnswer): StoreAnswer {
      const isLater = (name: string) => answer.asOf < forgotten || (writtenAt.get(name) ?? 0) > answer.asOf
      const later = [...answer.copies.keys()].filter(isLater)
      if (later.length === 0) return answer
      const copies = new Map([...answer.copies].filter(([name]) => !isLater(name)))
      return { ...answer, copies, overtaken: new Set([...answer.overtaken, ...later]) }
    },
  }
}
