import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

// A store plug-in must be the default export of its package's entry, or of the file that the entry exports.
const PLUGIN_ENTRY = /^(packages\/(store-[^/]+|tmux)|examples\/[^/]+)\/src\/(index|plugin)\.ts$/

/** Finds `export *`, and default exports outside the entry of a plug-in. */
export function wrongExports(files: readonly RepositoryFile[]): string[] {
  // A declaration file describes the exports of a foreign module.
  const ours = files.filter(({ path }) => !path.endsWith('.d.ts'))
  return ours.flatMap((file) =>
    findInSyntax(file, (node) => {
      if (ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause))) {
        return 'export *'
      }
      return isDefaultExport(node) && !PLUGIN_ENTRY.test(file.path) ? 'default export' : undefined
    }),
  )
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  return ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
}
