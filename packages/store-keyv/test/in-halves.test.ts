import { expect, test } from 'vitest'
import { inHalves } from '../src/in-halves.ts'

test('the halves of a batch that was given up are not tried', async () => {
  const caller = new AbortController()
  const tried: Array<readonly string[]> = []
  const task = async (items: readonly string[]) => {
    tried.push(items)
    caller.abort(new Error('given up'))
    throw new Error('refused')
  }
  await expect(inHalves(['a', 'b'], caller.signal, task, () => true)).rejects.toThrow('given up')
  expect(tried).toEqual([['a', 'b']])
})

test('each record of a batch that is refused is tried, down to single ones', async () => {
  const refused = new Error('refused')
  const task = async (items: readonly string[]) => {
    if (items.includes('c')) throw refused
  }
  const { signal } = new AbortController()
  expect(await inHalves(['a', 'b', 'c', 'd', 'e'], signal, task, () => true)).toEqual(new Map([['c', refused]]))
})
