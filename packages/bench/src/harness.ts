import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Rounds } from './statistics.ts'

/** A measured subject. A sample gives one time, in ms, for each of its parts. */
export interface Subject<Part extends string> {
  readonly name: string
  sample(): Record<Part, number> | Promise<Record<Part, number>>
}

export interface Plan {
  readonly rounds: number
  /** Samples per subject and round. */
  readonly samples: number
  /** Samples that are taken first and dropped. */
  readonly warmUp: number
}

/** Returns the samples of a subject and part. */
export type Taken<Part extends string> = (name: string, part: Part) => Rounds

/**
 * Takes one sample of each subject in turn, starting with another subject each time, so that disturbances of the
 * machine affect all of them alike.
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
        // Timers, flushes and finished I/O run here, outside of the timed part.
        await yieldToEventLoop()
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

/** Measures how long `action` takes, ms. */
export async function timed(action: () => unknown): Promise<number> {
  const began = performance.now()
  await action()
  return performance.now() - began
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(1, items.length)
  return [...items.slice(at), ...items.slice(0, at)]
}
