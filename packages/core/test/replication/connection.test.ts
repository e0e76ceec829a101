import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStore, StoreError } from '../../src/index.ts'
import { createAttachment } from '../../src/replication/connection.ts'
import { createStoreCalls } from '../../src/replication/store-calls.ts'
import { silentLogger } from '../support/held-store.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** An attachment of a store that opens and answers; `joins` counts the attempts. */
function attachmentOf() {
  let joins = 0
  const attachment = createAttachment({
    calls: createStoreCalls(memoryStore(), 1000),
    label: 'memory',
    context: { namespace: undefined, owner: 'claude-', logger: silentLogger },
    readOnly: false,
    timing: { callDeadlineMs: 1000, backoff: { minMs: 100, maxMs: 1600 }, lockRetryMs: 100 },
    async join() {
      joins += 1
      attachment.admitted()
    },
    unread: () => Promise.resolve(),
    attached: () => {},
    onState: () => {},
  })
  return { attachment, joins: () => joins }
}

test('a store that can be read and not written is tried again after ever longer pauses, until it was written', async () => {
  const { attachment, joins } = attachmentOf()
  await attachment.attach()
  const pauses: number[] = []
  for (let at = 0; at < 6; at += 1) {
    if (at === 5) attachment.worked()
    const before = joins()
    attachment.failed(new StoreError('STORE_FULL', 'No room.'))
    let pauseMs = 0
    for (; joins() === before; pauseMs += 10) await vi.advanceTimersByTimeAsync(10)
    await vi.advanceTimersByTimeAsync(0)
    expect(attachment.state()).toBe('attached')
    pauses.push(pauseMs)
  }
  for (const [at, most] of [100, 200, 400, 800, 1600, 100].entries()) {
    expect(pauses[at]).toBeGreaterThanOrEqual(most / 2)
    expect(pauses[at]).toBeLessThanOrEqual(most + 10)
  }
  await attachment.detach(100)
})
