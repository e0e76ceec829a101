import { AssertionError, deepStrictEqual } from 'node:assert'

/** Throws an assertion error with `message` unless `holds` is true. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new AssertionError({ message, stackStartFn: check })
}

/** Throws an assertion error that shows both values unless they are deeply equal. */
export function same(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (cause) {
    const difference = cause instanceof Error ? cause.message : String(cause)
    throw new AssertionError({ message: `${message}\n${difference}`, actual, expected, stackStartFn: same })
  }
}

/** Returns the error that a call rejects with; throws an assertion error if the call resolves. */
export async function rejection(call: () => unknown, what: string): Promise<unknown> {
  const settled = await settle(call)
  check('error' in settled, `${what} must reject, and resolved`)
  return settled.error
}

/** Throws an assertion error unless the call rejects with one of these codes. */
export async function rejectsWith(codes: string | readonly string[], call: () => unknown, what: string): Promise<void> {
  const error = await rejection(call, what)
  const code = codeOf(error)
  const expected = [codes].flat()
  check(
    code !== undefined && expected.includes(code),
    `${what} must reject with ${expected.join(' or ')}, not: ${error}`,
  )
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
