import type { ResolvedHistory } from './options.ts'

/** The sessions beyond the most that are kept: those that were last used the longest ago. */
export function beyond<T extends { readonly lastActivityAt: number }>(
  ended: readonly T[],
  { most }: Pick<ResolvedHistory, 'most'>,
): T[] {
  if (ended.length <= most) return []
  return ended.toSorted((a, b) => b.lastActivityAt - a.lastActivityAt).slice(most)
}

/** The last lines of a screen as they are kept; undefined if nothing is. */
export function keptScreen(
  screen: string | undefined,
  {
    screenLines,
    screenBytes,
    redact = (text) => text,
  }: Pick<ResolvedHistory, 'screenLines' | 'screenBytes' | 'redact'>,
): string | undefined {
  if (screen === undefined || screenLines === 0 || screenBytes === 0) return undefined
  const text = String(redact(screen)).split('\n').slice(-screenLines).join('\n')
  const bytes = Buffer.from(text)
  if (bytes.length <= screenBytes) return text
  // A character that was cut in two is left out.
  let start = bytes.length - screenBytes
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start).toString()
}
