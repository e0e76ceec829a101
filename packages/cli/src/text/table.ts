import Table from 'cli-table3'
import type { Io } from '../io.ts'
import { plain } from './plain.ts'

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}

/** The columns that a table or a line may take. */
type Width = Pick<Io, 'columns'>

/**
 * A table without borders. Every cell is made safe to print. If the terminal is too narrow for the table, each row becomes a block
 * of facts instead, since lines that the terminal breaks cannot be read as columns.
 */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>, width: Width): string {
  const made = new Table({
    head: [...head],
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) made.push(row.map(plain))
  if (width.columns !== undefined && made.width > width.columns) {
    return rows
      .map((row) =>
        facts(
          head.map((name, at) => [name, row[at] || undefined] as const),
          width,
        ),
      )
      .join('\n\n')
  }
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/**
 * Facts, one on a line, with their values in one column. If a value is too long for the terminal, it has a line of its
 * own.
 */
export function facts(
  entries: ReadonlyArray<readonly [name: string, value: string | undefined]>,
  { columns = Number.POSITIVE_INFINITY }: Width,
): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
  const widest = Math.max(0, ...shown.map(([name]) => name.length))
  return shown
    .map(([name, value]) => {
      const line = `${name.padEnd(widest)}  ${plain(value)}`
      return line.length > columns ? `${name}\n  ${plain(value)}` : line
    })
    .join('\n')
}
