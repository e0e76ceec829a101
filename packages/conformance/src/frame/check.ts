import { AssertionError, deepStrictEqual } from 'node:assert'

/** Fails with `message` unless it holds. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new AssertionError({ message, stackStartFn: check })
}

/** Fails, showing both, unless they are equal all the way down. */
export function same(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (cause) {
    const difference = cause instanceof Error ? cause.message : String(cause)
    throw new AssertionError({ message: `${message}\n${difference}`, actual, expected, stackStartFn: same })
  }
}

/** What it rejects with; fails if it resolves. */
export async function rejection(call: () => unknown, what: string): Promise<unknown> {
  const settled = await settle(call)
  check('error' in settled, `${what} was to reject, and resolved`)
  return settled.error
}

/** Fails unless it rejects with one of these codes. */
export async function rejectsWith(codes: string | readonly string[], call: () => unknown, what: string): Promise<void> {
  const error = await rejection(call, what)
  const code = codeOf(error)
  const wanted = [codes].flat()
  check(code !== undefined && wanted.includes(code), `${what} was to reject with ${wanted.join(' or ')}, not: ${error}`)
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The outcome of a call, whether it throws, rejects or resolves. */
export async function settle(call: () => unknown): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}
