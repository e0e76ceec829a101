import { expect, test } from 'vitest'
import { isWellFormed } from '../../src/base/text.ts'
import { jsonDepth } from '../../src/record/json-depth.ts'

test('jsonDepth() does not count brackets in strings', () => {
  expect([jsonDepth('1'), jsonDepth('{"a":[{}]}'), jsonDepth('{"[[\\"[[":"]{{"}')]).toEqual([0, 3, 1])
})

// The time-out fails the test when the time grows with the square of the length.
test('jsonDepth() of a megabyte of escaped quotes, which a program can store, does not hold up the gateway', {
  timeout: 5000,
}, () => {
  expect(jsonDepth(`"${'\\"'.repeat(500_000)}`)).toBe(0)
  expect(jsonDepth(`[${'"'.repeat(500_001)}[`)).toBe(1)
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
