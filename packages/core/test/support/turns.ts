import { setImmediate } from 'node:timers/promises'

/** Counts the turns of the event loop until `stop()`. */
export function countTurns() {
  let turns = 0
  let isStopped = false
  const count = async () => {
    while (!isStopped) {
      await setImmediate()
      turns += 1
    }
  }
  const counting = count()
  return {
    async stop() {
      isStopped = true
      await counting
      return turns
    },
  }
}
