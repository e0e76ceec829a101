import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { repositoryFiles, root } from '../rules/repository-files.ts'

/** The string members of a union type, or the property names of an interface, declared in a source file. */
export function membersOf(path: string, name: string): string[] {
  const members: string[] = []
  walk(path, readFileSync(join(root, path), 'utf8'), (node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name && ts.isUnionTypeNode(node.type)) {
      for (const member of node.type.types) {
        if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) members.push(member.literal.text)
      }
    }
    if (ts.isInterfaceDeclaration(node) && node.name.text === name) {
      for (const member of node.members) {
        if (member.name && (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name)))
          members.push(member.name.text)
      }
    }
  })
  if (members.length === 0) throw new Error(`${path} has no ${name}`)
  return members
}

/** The text of `@defaultValue` of each property of an interface that has one, without backticks. */
export function defaultValuesOf(path: string, name: string): Map<string, string> {
  const values = new Map<string, string>()
  walk(path, readFileSync(join(root, path), 'utf8'), (node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== name) return
    for (const member of node.members) {
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'defaultValue')
      const text = ts.getTextOfJSDocComment(tag?.comment)
      if (text !== undefined && member.name) values.set(member.name.getText(), text.replaceAll('`', ''))
    }
  })
  return values
}

/** Level and message of every log line in the sources. Values of a template are shown as `…`. */
export function logLines(pattern: RegExp): string[] {
  const lines = new Set<string>()
  for (const { path, text } of repositoryFiles(pattern)) {
    walk(path, text, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return
      const { name, expression } = node.expression
      if (!/^(debug|info|warn|error)$/.test(name.text) || !/logger$/.test(expression.getText())) return
      const message = messageOf(node.arguments[1])
      if (message !== undefined) lines.add(`${name.text} ${message}`)
    })
  }
  return [...lines].sort()
}

function messageOf(node: ts.Expression | undefined): string | undefined {
  if (!node) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return `${node.head.text}${node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')}`
}

function walk(path: string, text: string, visit: (node: ts.Node) => void): void {
  const each = (node: ts.Node): void => {
    visit(node)
    ts.forEachChild(node, each)
  }
  each(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
}
