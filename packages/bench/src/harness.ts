import { setImmediate as turn } from 'node:timers/promises'
import type { Rounds } from './statistics.ts'

/** Something to be timed. A sample gives one time, in ms, for each of the parts that it is made of. */
export interface Subject<Part extends string> {
  readonly name: string
  sample(): Record<Part, number> | Promise<Record<Part, number>>
}

export interface Plan {
  readonly rounds: number
  /** Per subject and round. */
  readonly samples: number
  /** Taken first, and thrown away. */
  readonly warmUp: number
}

/** The samples of every subject, by its name and part. */
export type Taken<Part extends string> = (name: string, part: Part) => Rounds

/**
 * Takes one sample of each subject in turn, again and again, and begins with another subject each time: whatever the
 * machine does meanwhile meets all of them alike.
 */
export async function interleave<Part extends string>(
  subjects: readonly Subject<Part>[],
  { rounds, samples, warmUp }: Plan,
): Promise<Taken<Part>> {
  const taken = new Map(subjects.map(({ name }) => [name, [] as Record<Part, number>[][]]))
  const round = async (count: number) => {
    const current = new Map(subjects.map(({ name }) => [name, [] as Record<Part, number>[]]))
    for (let index = 0; index < count; index += 1) {
      for (const { name, sample } of rotated(subjects, index)) {
        current.get(name)?.push(await sample())
        // Lets timers, flushes and finished I/O have their turn outside of the timed part.
        await turn()
      }
    }
    return current
  }
  await round(warmUp)
  for (let index = 0; index < rounds; index += 1) {
    globalThis.gc?.()
    for (const [name, found] of await round(samples)) taken.get(name)?.push(found)
  }
  return (name, part) => (taken.get(name) ?? []).map((found) => found.map((times) => times[part]))
}

/** How long `action` took, ms. */
export async function timed(action: () => unknown): Promise<number> {
  const began = performance.now()
  await action()
  return performance.now() - began
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(1, items.length)
  return [...items.slice(at), ...items.slice(0, at)]
}
