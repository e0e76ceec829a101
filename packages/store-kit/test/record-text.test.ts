import { expect, test } from 'vitest'
import { jsonDepth } from '../src/index.ts'

test('jsonDepth() counts no brackets in strings', () => {
  expect([jsonDepth('1'), jsonDepth('{"a":[{}]}'), jsonDepth('{"[[\\"[[":"]{{"}')]).toEqual([0, 3, 1])
})
