/** Milliseconds to wait before attempt `attempt` (1, 2, …): doubling from `minMs`, at most `maxMs`, of which the upper half is random. */
export function backoffMs(
  attempt: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  random = Math.random,
): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30))
  return full / 2 + (full / 2) * random()
}
