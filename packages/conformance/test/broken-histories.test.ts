import type { MetadataStore } from '@sessionkeep/contracts'
import { describe, expect, test } from 'vitest'
import { historySuite, type Place } from '../src/index.ts'
import { faultyStores } from './broken/histories.ts'
import { keepBusy } from './support/keep-busy.ts'
import { soundStore } from './support/sound-store.ts'

const capabilities = { durability: 'process', retains: true, shared: false } as const

/** The failure that the suite reports for a store; undefined if it finds none. */
async function failureOf(options: Partial<Parameters<typeof historySuite>[2]>): Promise<string | undefined> {
  const tests: Array<() => Promise<void>> = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (_: string, body: () => Promise<void>) => tests.push(body),
  }
  historySuite(runner, 'store', { capabilities, create: soundStore, ...options })
  const [body] = tests
  return body?.().then(
    () => undefined,
    (error: Error) => error.message,
  )
}

/** The steps of a printed history, without what they led to, which depends on the time that calls take. */
const stepsOf = (failure: string | undefined): string[] =>
  failure?.split('\n').filter((line) => /^ {2}[a-z]/i.test(line)) ?? []

describe('historySuite()', () => {
  for (const { fault, message, create } of faultyStores)
    test(`finds a store that ${fault}`, async () => {
      const mirror = { capabilities, create: soundStore }
      // Each lane would go on until it has found the fault itself.
      const found = await failureOf({ create, mirror, runs: 100, shrinkMs: 0, lanes: 1 })
      expect(found).toMatch(message)
    })

  test('finds a pool that is kept from its turns again and again, and no fault in one that was kept once', async () => {
    const busy = (times: number) => {
      let left = times
      return (place: Place): MetadataStore => {
        const store = soundStore(place)
        return {
          ...store,
          async setMany(records, options) {
            if (left > 0) keepBusy(150)
            left -= 1
            await store.setMany(records, options)
          },
        }
      }
    }
    const found = (times: number) => failureOf({ create: busy(times), runs: 10, shrinkMs: 0, lanes: 1, seed: 1 })
    expect(await found(1)).toBeUndefined()
    expect(await found(Number.POSITIVE_INFINITY)).toMatch(/the event loop was kept for \d+ ms of processor time/)
  })

  test('prints the smallest failing history, and replays it by its seed and path', {
    timeout: 300_000,
  }, async () => {
    const create = faultyStores[2]?.create ?? soundStore
    const found = await failureOf({ create, runs: 40, shrinkMs: 2000, seed: 2, lanes: 1 })
    expect(found).toMatch(/^ {2}a process starts on /m)
    const [, seed, path] = /seed: (-?\d+), path: '([\d:]+)'/.exec(found ?? '') ?? []
    const replayed = () => failureOf({ create, runs: 1, shrinkMs: 0, seed: Number(seed), path: path ?? '' })
    // A busy machine may need several replays, since timers are real.
    let again = await replayed()
    for (let more = 0; again === undefined && more < 10; more += 1) again = await replayed()
    const [first, second] = [stepsOf(found), stepsOf(again)]
    const steps = Math.min(first.length, second.length)
    expect(steps).toBeGreaterThan(0)
    // Either of them ends at the step that fails, which a slow machine may find a step earlier or later.
    expect(second.slice(0, steps)).toEqual(first.slice(0, steps))
  })
})
