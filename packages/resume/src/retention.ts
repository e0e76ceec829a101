import { type Variables, withoutValues } from '@sessionkeep/contracts/host'
import type { ResolvedHistory } from './options.ts'

/** The most records of ended sessions that are kept, unless `history.most` is given or `maxSessions` is larger. */
const MOST = 200

/** The most records of ended sessions that are kept: all that one reboot can end, so that all of them can be resumed. */
export const mostEnded = ({ most }: Pick<ResolvedHistory, 'most'>, maxSessions: number): number =>
  most ?? Math.max(MOST, maxSessions)

/**
 * The records beyond the most that are kept: those that expire first and, of sessions that ended together, those that were last
 * used the longest ago. So the sessions that were just lost in a reboot stay, however long they were silent.
 */
export function beyond<T extends { readonly lastActivityAt: number; readonly expiresAt: number }>(
  ended: readonly T[],
  most: number,
): T[] {
  if (ended.length <= most) return []
  return ended.toSorted((a, b) => b.expiresAt - a.expiresAt || b.lastActivityAt - a.lastActivityAt).slice(most)
}

/** The variables of two commands of one session, for {@link withoutValues}: all values stay, also if a name has two. */
export function withValues(former: Variables, present: Variables): Variables {
  const values = [former, present].flatMap((variables) => Object.values(variables ?? {}))
  return Object.fromEntries([...new Set(values)].entries())
}

/** The last lines of a screen as they are kept, without the values of `env`; undefined if none are kept. */
export function keptScreen(
  screen: string | undefined,
  env: Variables,
  {
    screenLines,
    screenBytes,
    redact = (text) => text,
  }: Pick<ResolvedHistory, 'screenLines' | 'screenBytes' | 'redact'>,
): string | undefined {
  if (screen === undefined || screenLines === 0 || screenBytes === 0) return undefined
  const text = String(redact(withoutValues(screen, env)))
    .split('\n')
    .slice(-screenLines)
    .join('\n')
  const bytes = Buffer.from(text)
  if (bytes.length <= screenBytes) return text
  // A character that was cut in two is left out.
  let start = bytes.length - screenBytes
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start).toString()
}
