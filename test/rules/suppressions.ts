import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'

const SUPPRESSION = /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable|\b(TODO|FIXME|XXX)\b/

/** Finds comments that silence a check or postpone work. */
export function suppressions(files: readonly RepositoryFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    commentsOf(text)
      .map((comment) => SUPPRESSION.exec(comment)?.[0])
      .filter((found) => found !== undefined)
      .map((found) => `${path}: ${found}`),
  )
}

function commentsOf(text: string): string[] {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true)
  const comments = new Map<number, string>()
  const walk = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ]
    for (const { pos, end } of ranges) comments.set(pos, text.slice(pos, end))
    for (const child of node.getChildren(source)) walk(child)
  }
  walk(source)
  return [...comments.values()]
}
