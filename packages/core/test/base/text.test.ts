import { expect, test } from 'vitest'
import { isWellFormed, jsonDepth } from '../../src/base/text.ts'

test('jsonDepth() counts no brackets in strings', () => {
  expect([jsonDepth('1'), jsonDepth('{"a":[{}]}'), jsonDepth('{"[[\\"[[":"]{{"}')]).toEqual([0, 3, 1])
})

test('isWellFormed() refuses a lone surrogate, and takes a pair of them', () => {
  expect(['\ud800', 'a\udc00b', '\udfff\ud800', '\ud83d\ude00', ''].map(isWellFormed)).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
})
