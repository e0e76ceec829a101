/** The `code` of an error, whoever made it: two copies of this package may be loaded, so that `instanceof` says nothing. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What an error says; what was thrown that is no error, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
