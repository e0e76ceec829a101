import { codeOf, MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { recordFrom, recordText } from '../src/index.ts'

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const sized = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2))
const failure = (task: () => unknown): string | undefined => {
  try {
    task()
  } catch (error) {
    return codeOf(error)
  }
  return undefined
}

test.each([
  ['depth', deep(MAX_RECORD_DEPTH)],
  ['size', sized(MAX_RECORD_BYTES)],
])('a record at the limit of %s is written and read', (_, text) => {
  const value: unknown = JSON.parse(text)
  expect(recordText('a', recordFrom('a', recordText('a', value)))).toBe(text)
})

test.each([
  ['deeper', deep(MAX_RECORD_DEPTH + 1)],
  ['a hundred thousand levels deeper', deep(100_000)],
  ['larger', sized(MAX_RECORD_BYTES + 1)],
  ['larger in bytes than in characters', JSON.stringify('€'.repeat(MAX_RECORD_BYTES / 2))],
])('a record that is %s than allowed is neither written nor parsed', (_, text) => {
  expect(failure(() => recordFrom('a', text))).toBe('STORE_RECORD_UNREADABLE')
  expect(failure(() => recordText('a', JSON.parse(text)))).toBe('STORE_RECORD_INVALID')
})
