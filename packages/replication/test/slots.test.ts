import { virtualClock } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { createSlots } from '../src/index.ts'

const nobodyKnows = () => false

test('drops the slot of a name that is no longer used', () => {
  const slots = createSlots(virtualClock())
  for (let at = 0; at < 100; at += 1) slots.get(`claude-${at}`).sentAt = at
  slots.prune(100, (name) => name === 'claude-7')
  expect([...slots.all()].map(([name]) => name)).toEqual(['claude-7'])
})

test.each(['dirty', 'urgent', 'unconfirmed', 'answered', 'awaited', 'sent since'])(
  'does not drop the slot of a name that is %s',
  (why) => {
    const slots = createSlots(virtualClock())
    const slot = slots.get('claude-a')
    if (why === 'dirty') slots.markDirty('claude-a')
    if (why === 'urgent') slots.markUrgent('claude-a')
    if (why === 'unconfirmed') slot.unconfirmed = Promise.resolve()
    if (why === 'answered') slots.setAnswer('claude-a', 'free')
    if (why === 'awaited')
      void slots.wait('claude-a', { about: {}, isTombstone: false, revision: 1, record: null, when: 'now' })
    if (why === 'sent since') slot.sentAt = 2
    slots.prune(1, nobodyKnows)
    expect([...slots.all()]).toHaveLength(1)
  },
)

test('a new slot of a dropped name keeps the number of the last writing call, so that older answers are stale', () => {
  const slots = createSlots(virtualClock())
  slots.get('claude-a').sentAt = 5
  slots.prune(5, nobodyKnows)
  expect(slots.get('claude-a').sentAt).toBe(5)
})
