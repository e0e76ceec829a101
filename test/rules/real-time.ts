import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

const COMPARISON = /^toBe(Less|Greater)Than(OrEqual)?$|^toBeCloseTo$/
const SYSTEM_TIME = /^(performance|Date)\.now$|^process\.(hrtime|uptime)$/

/** Finds assertions that compare a value with the time of the machine: on a busy machine they fail without a fault. */
export function realTimeAssertions(files: readonly RepositoryFile[]): string[] {
  return files.flatMap((file) => {
    const times = namesOfTimes(file)
    return findInSyntax(file, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
      return COMPARISON.test(node.expression.name.text) && readsTime(node, times) ? node.getText() : undefined
    })
  })
}

/** The variables of a file that hold a time of the machine, or are made from one. */
function namesOfTimes(file: RepositoryFile): ReadonlySet<string> {
  const names = new Set<string>()
  findInSyntax(file, (node) => {
    const { initializer, name } = ts.isVariableDeclaration(node) ? node : { initializer: undefined, name: undefined }
    const isValue = initializer && !ts.isFunctionLike(initializer) && !ts.isAwaitExpression(initializer)
    if (isValue && name && ts.isIdentifier(name) && readsTime(initializer, names)) names.add(name.text)
    return undefined
  })
  return names
}

function readsTime(node: ts.Node, times: ReadonlySet<string>): boolean {
  if (ts.isPropertyAccessExpression(node) && SYSTEM_TIME.test(node.getText())) return true
  if (ts.isIdentifier(node) && times.has(node.text) && !isPropertyName(node)) return true
  return ts.forEachChild(node, (child) => readsTime(child, times) || undefined) ?? false
}

const isPropertyName = ({ parent }: ts.Identifier): boolean =>
  ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)
