/** What writing and reading 60 MB takes on a usual machine, ms of processor time. */
const USUAL_MS = 50

/**
 * How many times slower this machine is with memory than a usual one; at least 1. A virtual machine whose host takes its memory
 * away may need ten times as long for a large text, whatever the code does. Only for limits of work on such texts.
 */
export function slowness(): number {
  return Math.max(1, Math.min(copyMs(), copyMs(), copyMs()) / USUAL_MS)
}

function copyMs(): number {
  const began = process.cpuUsage()
  Buffer.alloc(60e6, 97).toString('latin1')
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}
