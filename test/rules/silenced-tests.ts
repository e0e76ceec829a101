import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

const RUNNERS = new Set(['it', 'test', 'describe', 'suite', 'bench', 'expect'])
const SILENCERS = new Set(['only', 'skip', 'todo'])
const GATES = new Set(['skipIf', 'runIf'])

/** Finds tests that never run or exclude others. A condition on the machine is allowed; a constant condition is not. */
export function silencedTests(files: readonly RepositoryFile[]): string[] {
  return files.flatMap((file) =>
    findInSyntax(file, (node) => {
      if (ts.isPropertyAccessExpression(node) && SILENCERS.has(node.name.text) && RUNNERS.has(rootOf(node))) {
        return node.getText()
      }
      return ts.isCallExpression(node) && isConstantGate(node) ? `${node.getText()} is no question` : undefined
    }),
  )
}

function isConstantGate(call: ts.CallExpression): boolean {
  const { expression, arguments: args } = call
  if (!ts.isPropertyAccessExpression(expression) || !GATES.has(expression.name.text)) return false
  const [condition] = args
  return (
    condition === undefined ||
    condition.kind === ts.SyntaxKind.TrueKeyword ||
    condition.kind === ts.SyntaxKind.FalseKeyword ||
    ts.isLiteralExpression(condition)
  )
}

// The first name of `describe.concurrent.only` or `test.each([1]).skip` is that of the runner.
function rootOf(node: ts.Expression): string {
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return rootOf(node.expression)
  return ts.isIdentifier(node) ? node.text : ''
}
