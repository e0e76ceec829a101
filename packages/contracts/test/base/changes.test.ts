import { expect, test } from 'vitest'
import { createChanges } from '../../src/base/changes.ts'
import { virtualClock } from '../../src/testing.ts'

test('a condition that holds already is not waited for', async () => {
  expect(await createChanges(virtualClock()).until(() => true, 0)).toBe(true)
})

test('a wait ends with the change that meets its condition', async () => {
  const changes = createChanges(virtualClock())
  let count = 0
  const waiting = changes.until(() => count === 2, 1000)
  for (count of [1, 2]) changes.tell()
  expect(await waiting).toBe(true)
})

test('a wait whose condition is not met ends when the time is up', async () => {
  const clock = virtualClock()
  const waiting = createChanges(clock).until(() => false, 1000)
  await clock.advance(1000)
  expect(await waiting).toBe(false)
})

test('a condition that is met without being told counts when the time is up', async () => {
  const clock = virtualClock()
  let isMet = false
  const waiting = createChanges(clock).until(() => isMet, 1000)
  isMet = true
  await clock.advance(1000)
  expect(await waiting).toBe(true)
})
