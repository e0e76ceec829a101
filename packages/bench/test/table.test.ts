import { expect, it } from 'vitest'
import { figure, type Result, ratioBar, timeBar } from '../src/report/result.ts'
import { render, renderVerdicts, time } from '../src/report/table.ts'

const spread = { median: 1.5, low: 1.25, high: 2 }
const result: Result = {
  name: 'x',
  title: 'a title',
  figures: [figure('us', 'a subject', [[0.5], [1.5]], { ratio: spread })],
  bars: [ratioBar('beside the control', spread, 1.25), timeBar('on the clock', 9.99, 10, 3), timeBar('at it', 10, 10)],
  notes: ['a note'],
}

it('render() shows figures with their ratio, and each bar with its verdict', () => {
  const text = render(result).replaceAll(/ +/g, ' ')
  expect(text).toContain('| us | a subject | 500 µs | 1.50 ms | 1.50 ms | 1.50× [1.25×–2.00×] | 2 | |')
  expect(text).toContain('| beside the control | ≤ 1.25× | 1.50× [1.25×–2.00×] | | NOT HELD |')
  expect(text).toContain('| on the clock | < 10.00 ms | 9.99 ms | 3.00 ms | held |')
  expect(text).toContain('| at it | < 10.00 ms | 10.00 ms | | NOT HELD |')
  expect(text).toContain('- a note')
})

it('renderVerdicts() counts the kept bars, and prints nothing without bars', () => {
  expect(renderVerdicts([result])).toContain('1 of 3 held')
  expect(renderVerdicts([{ ...result, bars: [] }])).toBe('')
})

it('time() chooses the unit, also for negative times', () => {
  expect([0.0000834, 0.00372, 0.25, -0.25, 12, Number.NaN].map(time)).toEqual([
    '83 ns',
    '3.72 µs',
    '250 µs',
    '-250 µs',
    '12.00 ms',
    '–',
  ])
})
