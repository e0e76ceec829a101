import type { Random } from './random.ts'

/** A part of the project that reads what others wrote. */
export interface FuzzTarget {
  readonly name: string
  /** Inputs that are tried before the random ones: each once broke something, or is at a limit. */
  readonly corpus: readonly string[]
  /** Makes an input. */
  input(random: Random): string
  /** Reads an input, and throws if what comes of it is wrong. */
  check(input: string): void | Promise<void>
}

/** @throws An error with this message if `isTrue` is false. */
export function claim(isTrue: boolean, message: string): asserts isTrue {
  if (!isTrue) throw new Error(message)
}
