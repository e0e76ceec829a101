import type { Clock } from '@sessionkeep/contracts'
import { safeLogger, systemClock } from '@sessionkeep/contracts/internal'
import { virtualClock } from '@sessionkeep/contracts/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { recordingLogger } from '../../core/test/support/log.ts'
import { createFlagLayer } from '../src/flag-layer.ts'
import { type OpenFeatureClient as FlagClient, openFeatureFlag } from '../src/openfeature.ts'
import type { LayerValue } from '../src/selection.ts'

const stops: Array<() => void> = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A flag source that can do what `@openfeature/server-sdk` never does. */
function onClient(client: Partial<FlagClient>, timeoutMs = 20, clock: Clock = systemClock) {
  const log = recordingLogger()
  const taken: LayerValue[] = []
  const whole: FlagClient = { getStringDetails: never, getObjectDetails: never, ...client }
  const layer = createFlagLayer(
    openFeatureFlag({ client: whole, key: 'where', timeoutMs }),
    { logger: safeLogger(log.logger), clock },
    async (value) => {
      taken.push(value)
    },
  )
  stops.push(layer.stop)
  return { layer, log, taken }
}
type FlagDetails = Awaited<ReturnType<FlagClient['getStringDetails']>>
const never = () => new Promise<FlagDetails>(() => undefined)
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 })
const fault = (text: string) => () => {
  throw new Error(text)
}

test('a source that never answers delays the start only by its time-out, and is read a limited number of times', async () => {
  let calls = 0
  const { layer, taken } = onClient(
    {
      getStringDetails: () => {
        calls += 1
        return never()
      },
    },
    5,
  )
  await layer.start()
  expect(layer.status()).toMatchObject({ state: 'unanswered', detail: 'no answer within 5 ms' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(calls).toBeLessThanOrEqual(3)
  expect(taken).toEqual([])
})

test('a source is read again ten minutes after its first reads, although these never get an answer', async () => {
  const clock = virtualClock()
  let calls = 0
  const getStringDetails = () => {
    calls += 1
    return calls > 3 ? Promise.resolve({ value: 'none' }) : never()
  }
  const { layer, taken } = onClient({ getStringDetails }, 5, clock)
  const starting = layer.start()
  await clock.advance(5)
  await starting
  await soon(() => expect(calls).toBe(3))
  await clock.advance(600_000)
  await soon(() => expect(taken).toEqual([{ store: 'none' }]))
  layer.stop()
})

test('changes during reads that do not answer cause a limited number of reads, and the last change is read in the end', async () => {
  const answers: Array<(details: FlagDetails) => void> = []
  let changed: () => void = () => undefined
  const { layer, taken } = onClient({
    getStringDetails: () => new Promise((resolve) => answers.push(resolve)),
    addHandler: (event, handler) => {
      if (event === 'PROVIDER_CONFIGURATION_CHANGED') changed = handler
    },
  })
  await layer.start()
  for (let at = 0; at < 100; at += 1) changed()
  expect(answers).toHaveLength(3)
  // All three reads have timed out by then, so only the announced change causes another read.
  await new Promise((resolve) => setTimeout(resolve, 100))
  answers[0]?.({ value: 'memory' })
  await soon(() => expect(answers).toHaveLength(4))
  answers[3]?.({ value: 'none' })
  await soon(() => expect(taken).toEqual([{ store: 'memory' }, { store: 'none' }]))
  expect(answers).toHaveLength(4)
})

test('a late answer counts', async () => {
  let answer: (details: FlagDetails) => void = () => undefined
  const { layer, taken } = onClient({
    getStringDetails: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  await layer.start()
  answer({ value: 'none' })
  await soon(() => expect(taken).toEqual([{ store: 'none' }]))
  expect(layer.status().state).toBe('set')
})

test('a late answer does not count when a later read was answered first', async () => {
  const answers: Array<(details: FlagDetails) => void> = []
  const { layer, taken } = onClient({ getStringDetails: () => new Promise((resolve) => answers.push(resolve)) })
  await layer.start()
  await soon(() => expect(answers.length).toBeGreaterThan(1))
  answers[1]?.({ value: 'memory' })
  await soon(() => expect(taken).toEqual([{ store: 'memory' }]))
  answers[0]?.({ value: 'none' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken).toEqual([{ store: 'memory' }])
})

test.each([
  ['throws at once', fault('redis://u:hunter2@h is broken')],
  ['rejects', () => Promise.reject(new Error('redis://u:hunter2@h is broken'))],
])('the error of a source that %s is reported with credentials redacted', async (_, getStringDetails) => {
  const { layer } = onClient({ getStringDetails })
  await layer.start()
  expect(layer.status()).toMatchObject({ state: 'unanswered', detail: 'redis://***@h is broken' })
})

test.each([[undefined], [null], ['x'], [{}]])('a source that answers %j does not break the pool', async (details) => {
  const { layer, taken } = onClient({ getStringDetails: async () => details as never })
  await layer.start()
  expect(['unanswered', 'unset']).toContain(layer.status().state)
  expect(taken).toEqual([])
})

test('a source whose subscribe() throws is read again until it answers', async () => {
  let calls = 0
  const { layer, taken, log } = onClient({
    addHandler: fault('no events here'),
    removeHandler: fault('nor there'),
    getStringDetails: async () => {
      calls += 1
      return calls < 3 ? { value: '', errorCode: 'GENERAL', errorMessage: 'not yet' } : { value: 'none' }
    },
  })
  await layer.start()
  await soon(() => expect(taken).toEqual([{ store: 'none' }]))
  expect(log.with('The flag source failed - its changes are not noticed')).toHaveLength(1)
  layer.stop()
})

test('stop() ends the wait for the first answer, and a later answer does not count', async () => {
  let answer: (details: FlagDetails) => void = () => undefined
  const { layer, taken } = onClient(
    {
      getStringDetails: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    },
    2 ** 31 - 1,
  )
  const starting = layer.start()
  layer.stop()
  await starting
  answer({ value: 'none' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(taken).toEqual([])
})
