import { expect, test } from 'vitest'
import { isWellFormed } from '../../src/base/text.ts'
import { jsonDepth } from '../../src/record/json-depth.ts'

test('jsonDepth() does not count brackets in strings', () => {
  expect([jsonDepth('1'), jsonDepth('{"a":[{}]}'), jsonDepth('{"[[\\"[[":"]{{"}')]).toEqual([0, 3, 1])
})

test('isWellFormed() is false for a lone surrogate and true for a pair', () => {
  expect(['\ud800', 'a\udc00b', '\udfff\ud800', '\ud83d\ude00', ''].map(isWellFormed)).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
})
