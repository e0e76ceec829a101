import fc from 'fast-check'
import { expect, test } from 'vitest'
import { untilMark } from '../src/until-mark.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 })

test('all up to the mark is passed on and nothing after it, however the stream is cut', () => {
  fc.assert(
    fc.property(
      letters,
      letters,
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 30 }),
      (before, after, cuts) => {
        const mark = 'aab!'
        const whole = Buffer.from(`${before}${mark}${after}${mark}`)
        let passed = ''
        const write = untilMark(mark, (data) => {
          passed += Buffer.from(data).toString()
        })
        let at = 0
        for (const length of cuts) {
          write(whole.subarray(at, at + length))
          at += length
        }
        write(whole.subarray(at))
        expect(passed).toBe(before)
      },
    ),
  )
})

test('without a mark all is passed on but what may be its beginning', () => {
  let passed = ''
  const write = untilMark('mark', (data) => {
    passed += Buffer.from(data).toString()
  })
  for (const text of ['some m', 'oney, ma', 'rs']) write(Buffer.from(text))
  expect(passed).toBe('some money, mars')
})
