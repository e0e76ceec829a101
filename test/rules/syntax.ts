import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'

/** Calls `visit` for every node of a file. Each text that it returns becomes a finding with its line. */
export function findInSyntax({ path, text }: RepositoryFile, visit: (node: ts.Node) => string | undefined): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const findings: string[] = []
  const walk = (node: ts.Node): void => {
    const finding = visit(node)
    if (finding !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      findings.push(`${path}:${line + 1}: ${finding}`)
    }
    ts.forEachChild(node, walk)
  }
  walk(source)
  return findings
}
