/** Returns a new promise that never settles. A single promise for all calls would keep every killed process in memory. */
export function never(): Promise<never> {
  return new Promise<never>(() => {})
}
