import type { RepositoryFile } from '../rules/repository-files.ts'

/** A fenced block of a page. */
export interface Fence {
  /** The path of the page. */
  readonly path: string
  /** The number of its first line in the page, from 1. */
  readonly line: number
  /** The first word after the opening ticks. */
  readonly language: string
  /** The words after the language: `run` or `continue`. */
  readonly words: readonly string[]
  readonly text: string
}

const OPENING = /^(\s*)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/

export function fencesOf({ path, text }: RepositoryFile): Fence[] {
  const fences: Fence[] = []
  let open:
    | { indent: string; ticks: string; language: string; words: string[]; line: number; body: string[] }
    | undefined
  for (const [index, row] of text.split('\n').entries()) {
    const match = OPENING.exec(row)
    if (open && match?.[2]?.startsWith(open.ticks) && !match[3]) {
      const { language, words, line, body } = open
      fences.push({ path, line, language, words, text: `${body.join('\n')}\n` })
      open = undefined
    } else if (open) {
      open.body.push(row.startsWith(open.indent) ? row.slice(open.indent.length) : row)
    } else if (match) {
      const [, indent = '', ticks = '', language = '', rest = ''] = match
      open = { indent, ticks, language, words: rest.split(/\s+/).filter(Boolean), line: index + 2, body: [] }
    }
  }
  if (open) throw new Error(`${path}:${open.line - 1}: a fence that is never closed`)
  return fences
}
