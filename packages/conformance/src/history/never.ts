/** A promise that never settles. Each call makes a new one, since one that all waited for would keep every killed process in memory. */
export function never(): Promise<never> {
  return new Promise<never>(() => {})
}
