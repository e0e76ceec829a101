/** The `code` of an error. Works where `instanceof` does not: two copies of this package may be loaded in one process. */
export function codeOf(error: unknown): string | undefined {
  try {
    const code = (error as { code?: unknown } | null | undefined)?.code
    return typeof code === 'string' ? code : undefined
  } catch {
    // What others throw may be a proxy, or have a getter.
    return undefined
  }
}

/** The message of an error; for a thrown value that is no error, the value as text. */
export function messageOf(error: unknown): string {
  try {
    return textOf(error)
  } catch {
    return 'an error that cannot be read'
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A failed connect to a name with several addresses has no message itself, and one error for each address.
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return String(error.message)
}
