import { expect, test } from 'vitest'
import { always, failureOf } from '../../disk/test/support/fixture.ts'
import type { Change } from '../src/document/document.ts'
import { writeQueue } from '../src/write-queue.ts'

const change = (name: string): Change[] => [{ namespace: undefined, name, to: 'absent' }]

/** A queue whose writes end one by one, when the test lets them. */
function heldQueue() {
  const writes: Array<{ names: string[]; signal: AbortSignal; end: (error?: Error) => void }> = []
  const queue = writeQueue(
    (changes, signal) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve())
        writes.push({ names: changes.map(({ name }) => name), signal, end })
      }),
  )
  const begun = async (count: number) => {
    while (writes.length < count) await new Promise((resolve) => setImmediate(resolve))
    return writes[count - 1] as (typeof writes)[number]
  }
  return { queue, writes, begun }
}

test('changes that arrive during a write make one more write, in order, and a failed write rejects only its own changes', async () => {
  const { queue, writes, begun } = heldQueue()
  const first = failureOf(queue.change(change('a'), always.signal))
  const { end } = await begun(1)
  const others = ['b', 'c', 'b'].map((name) => queue.change(change(name), new AbortController().signal))
  end(new Error('no'))
  expect(await first).toMatchObject({ message: 'no' })
  const second = await begun(2)
  expect(second.names).toEqual(['b', 'c', 'b'])
  second.end()
  await Promise.all(others)
  expect(writes).toHaveLength(2)
})

test('a write is given up when all its callers have given up, and not before', async () => {
  const { queue, begun } = heldQueue()
  const [one, other] = [new AbortController(), new AbortController()]
  const calls = [one, other].map(({ signal }) => queue.change(change('a'), signal))
  const { signal, end } = await begun(1)
  one.abort()
  expect(signal.aborted).toBe(false)
  other.abort()
  expect(signal.aborted).toBe(true)
  end()
  await Promise.all(calls)
})

test('a read waits for the running write, and a failed write does not stop the next', async () => {
  const { queue, begun } = heldQueue()
  const written = failureOf(queue.change(change('a'), always.signal))
  const { end } = await begun(1)
  let read = false
  const reading = queue.between(always.signal, async () => {
    read = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(read).toBe(false)
  end(new Error('no'))
  await Promise.all([written, reading])
  await queue.idle()
})
