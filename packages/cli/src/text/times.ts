const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A duration in its largest unit: `3 d`, `12 s`. */
export function duration(ms: number): string {
  for (const [unit, size] of UNITS) if (Math.abs(ms) >= size) return `${Math.floor(ms / size)} ${unit}`
  return `${Math.floor(ms)} ms`
}

/** A time and how long ago that was. */
export function timeAndAge(at: number, now: number): string {
  return `${new Date(at).toISOString()} (${at > now ? `in ${duration(at - now)}` : `${duration(now - at)} ago`})`
}
