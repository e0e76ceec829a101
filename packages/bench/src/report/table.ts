import type { Bar, Figure, Result } from './result.ts'

/** Formats a result as text: its figures, its bars with a verdict each, and the notes. */
export function render({ name, title, figures, bars, notes }: Result): string {
  const rows = figures.map(figureRow)
  const verdicts = bars.map(barRow)
  const parts = [
    `## ${name}: ${title}`,
    ...(rows.length > 0 ? [table(['', 'what', 'median', 'p99', 'worst', 'ratio [rounds]', 'n', ''], rows)] : []),
    ...(verdicts.length > 0 ? [table(['bar', 'limit', 'this run', 'bare safe write', 'verdict'], verdicts)] : []),
    ...notes.map((note) => `- ${note}`),
  ]
  return `${parts.join('\n')}\n`
}

/** Formats all bars as one table. */
export function renderVerdicts(results: readonly Result[]): string {
  const rows = results.flatMap(({ name, bars }) => bars.map((bar) => [name, ...barRow(bar)]))
  const held = results.flatMap(({ bars }) => bars).filter((bar) => bar.held).length
  if (rows.length === 0) return ''
  return `## Bars: ${held} of ${rows.length} held in this run\n${table(['', 'bar', 'limit', 'this run', 'bare safe write', 'verdict'], rows)}\n`
}

function figureRow({ role, what, median, p99, worst, ratio, samples, note }: Figure): string[] {
  const times = ratio ? `${factor(ratio.median)} [${factor(ratio.low)}–${factor(ratio.high)}]` : ''
  return [role, what, time(median), time(p99), time(worst), times, String(samples), note ?? '']
}

function barRow({ bar, unit, value, limit, spread, control, held }: Bar): string[] {
  const show = SHOWN[unit]
  const range = spread ? ` [${show(spread.low)}–${show(spread.high)}]` : ''
  return [
    bar,
    `${unit === 'ratio' ? '≤' : '<'} ${show(limit)}`,
    `${show(value)}${range}`,
    control === undefined ? '' : show(control),
    held ? 'held' : 'NOT HELD',
  ]
}

const factor = (value: number): string => `${value.toFixed(2)}×`
const SHOWN = { ratio: factor, ms: (ms: number) => time(ms), MB: (size: number) => `${size.toFixed(1)} MB` } as const

/** Formats milliseconds in a readable unit. */
export function time(ms: number): string {
  const size = Math.abs(ms)
  if (!Number.isFinite(ms)) return '–'
  if (size < 0.001) return `${(ms * 1e6).toFixed(0)} ns`
  if (size < 1) return `${(ms * 1e3).toFixed(size < 0.1 ? 2 : 0)} µs`
  return `${ms.toFixed(2)} ms`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (at: number) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length))
  const widths = head.map((_, at) => width(at))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((size) => '-'.repeat(size)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
