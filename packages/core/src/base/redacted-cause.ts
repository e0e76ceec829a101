import { withoutCredentials } from './redact.ts'

/** What somebody else's code threw, without a login in its words; and as a cause only where it had none: a log shows causes, too. */
export function toldCause(thrown: unknown): { readonly words: string; readonly options: { readonly cause?: unknown } } {
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  const words = withoutCredentials(said)
  return { words, options: words === said ? { cause: thrown } : {} }
}
