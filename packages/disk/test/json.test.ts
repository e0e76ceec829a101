import { expect, test } from 'vitest'
import { objectText } from '../src/index.ts'

const codeOf = (call: () => unknown) => {
  try {
    call()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('objectText() returns the JSON of an object, and refuses everything else', () => {
  expect(objectText('a', { b: [1, undefined], c: undefined })).toBe('{"b":[1,null]}')
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  for (const value of [null, [], 'text', 1, undefined, cyclic, { n: 1n }, { toJSON: () => 1 }]) {
    expect(codeOf(() => objectText('a', value))).toBe('STORE_RECORD_INVALID')
  }
})
