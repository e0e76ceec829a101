import fc from 'fast-check'
import { afterAll } from 'vitest'

/**
 * Makes the random cases of several properties once, since to make a record takes longer than to check it. Returns a function
 * that checks one property for all of them. Cases must be frozen, so that no property changes what the next one gets.
 */
export function sharedCases<T>(
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
): (check: (one: T) => unknown) => Promise<void> {
  const seed = Math.floor(Math.random() * 2 ** 31)
  let cases: readonly T[] = []
  afterAll(() => {
    cases = []
  })
  return async (check) => {
    if (cases.length === 0) cases = fc.sample(arbitrary, { numRuns, seed })
    try {
      for (const one of cases) await check(one)
    } catch (error) {
      // The same seed makes the same cases. This time fast-check looks for the smallest one that fails, and tells it.
      await fc.assert(
        fc.asyncProperty(arbitrary, async (one) => void (await check(one))),
        { numRuns, seed },
      )
      throw error
    }
  }
}
