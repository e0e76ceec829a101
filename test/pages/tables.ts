import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../rules/repository-files.ts'

/** The rows of the tables under a heading of a page, without titles and rulers; cells are trimmed. */
export function rowsUnder(page: string, heading: string): string[][] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) throw new Error(`${page} has no heading "${heading}"`)
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line))
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length)
  const rows = section.filter((line) => line.startsWith('|')).map(cellsOf)
  if (rows.length < 3) throw new Error(`${page}: no table under "${heading}"`)
  return rows.slice(2)
}

/** The code at the beginning of a cell, without backticks; undefined if the cell begins with other text. */
export function codeOf(cell: string | undefined): string | undefined {
  return /^`([^`]+)`/.exec(cell ?? '')?.[1]
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
