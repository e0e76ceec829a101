/** What writing and reading 60 MB takes on a usual machine, ms of processor time. */
const USUAL_MS = 50

/**
 * How many times slower this machine is with memory than a usual one; at least 1. A virtual machine whose host takes its memory
 * away may need ten times as long for a large text, whatever the code does. Limits of processor time are multiplied by it.
 */
export function slowness(): number {
  const began = process.cpuUsage()
  Buffer.alloc(60e6, 97).toString('latin1')
  const { user, system } = process.cpuUsage(began)
  return Math.max(1, (user + system) / 1000 / USUAL_MS)
}
