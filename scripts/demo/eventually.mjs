import { setTimeout as sleep } from 'node:timers/promises'

/** Polls until `holds` returns true; returns false after `withinMs`. */
export async function eventually(holds, withinMs = 5000) {
  for (const until = performance.now() + withinMs; performance.now() < until; await sleep(25)) {
    if (await holds()) return true
  }
  return holds()
}
