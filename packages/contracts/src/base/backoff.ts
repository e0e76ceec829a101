/**
 * The pause before attempt number `attempt` (1, 2, …), ms. It doubles from `minMs` up to `maxMs`, and half of it is random,
 * so that several gateways do not retry in step.
 */
export function backoffMs(
  attempt: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  random = Math.random,
): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30))
  return full / 2 + (full / 2) * random()
}
