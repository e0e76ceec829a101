import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT } from '../errors.ts'
import { activeStores, type Persistence, persistence } from '../gateway/answers.ts'
import { gatewayFlags, gatewayInput, needGateway } from '../gateway/find.ts'
import { plain } from '../text/plain.ts'
import { duration } from '../text/times.ts'
import { openingFlags, openingInput, wholeNumber } from './shared.ts'

/** The most that a working store is behind with the default `flushIntervalMs` of a second, ms. */
const FRESH_MS = 3000
const POLL_MS = 200

/** The reasons why a step of a migration is not done yet; empty if it is done. */
export function missing({ effective, switching, failedSwitch, stores }: Persistence): string[] {
  return [
    ...(effective.reason === 'ok' ? [] : [`persistence is ${effective.reason}`]),
    ...(switching ? [`a switch runs: ${switching.written} of ${switching.total} sessions are written`] : []),
    ...(failedSwitch ? [`${failedSwitch.store} cannot be made active: ${failedSwitch.error.message}`] : []),
    ...stores
      .filter(({ state, oldestDirtyMs }) => state !== 'attached' || oldestDirtyMs >= FRESH_MS)
      .map(({ store, state, oldestDirtyMs }) =>
        state === 'attached' ? `${store} is ${duration(oldestDirtyMs)} behind` : `${store} is ${state}`,
      ),
  ]
}

/** The reasons of `persistence()` that last until somebody acts. */
const FINAL = ['stopped', 'observing', 'rolled-back', 'off']

export const wait = defineCommand({
  name: 'wait',
  summary: 'Waits until the step of a migration is done: every selected store is attached and has every change.',
  group: 'Stores',
  needsGateway: true,
  flags: [
    { flags: '--for <ms>', description: 'how long to wait; then the exit code is 2 (600000)' },
    ...gatewayFlags,
    ...openingFlags,
  ],
  examples: ['sessionkeep wait', 'sessionkeep wait --for 5000 --json'],
  input: z.object({
    ...openingInput,
    ...gatewayInput,
    for: wholeNumber(0, 2_147_483_647).default(600_000),
  }),
  answer: z.object({ done: z.boolean(), missing: z.array(z.string()), persistence }),
  async run(call) {
    const { input, io } = call
    const gateway = await needGateway(call)
    const until = performance.now() + input.for
    for (;;) {
      const status = await gateway.call('GET', '/persistence', persistence)
      const lacks = missing(status)
      const isOver = performance.now() >= until || FINAL.includes(status.effective.reason)
      if (lacks.length === 0 || isOver) {
        const done = lacks.length === 0
        return {
          exitCode: done ? EXIT.clean : EXIT.differences,
          answer: { done, missing: lacks, persistence: status },
          text: done ? `done: ${activeStores(status)}` : `not done: ${lacks.map(plain).join('; ')}`,
          nextSteps: done ? [] : [{ do: 'Look at the stores.', command: 'sessionkeep doctor' }],
        }
      }
      await sleep(POLL_MS, undefined, { signal: io.signal })
    }
  },
})
