/** Keeps the processor, and so the event loop, for some milliseconds of processor time. */
export function keepBusy(forMs: number): void {
  const began = process.cpuUsage()
  for (let spent = 0; spent < forMs * 1000; ) {
    const { user, system } = process.cpuUsage(began)
    spent = user + system
  }
}
