import { dirname, join, normalize } from 'node:path/posix'
import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

const CORE = 'packages/core/src/'

/**
 * The wings of core, each with the wings that it may import, type imports included. An entry of the package (`index.ts`
 * and its siblings) may import every wing. `hosts` and `stores` are given to a pool, and `testing` is for tests only.
 */
export const BELOW: Readonly<Record<string, readonly string[]>> = {
  errors: ['record'],
  record: ['errors'],
  contracts: ['errors', 'record'],
  base: ['errors', 'record', 'contracts'],
  stores: ['errors', 'record', 'contracts', 'base'],
  hosts: ['errors', 'record', 'contracts', 'base'],
  testing: ['errors', 'record', 'contracts', 'base', 'hosts'],
  replication: ['errors', 'record', 'contracts', 'base'],
  selection: ['errors', 'record', 'contracts', 'base', 'stores'],
  sessions: ['errors', 'record', 'contracts', 'base', 'replication', 'selection'],
  discovery: ['errors', 'record', 'contracts', 'base', 'replication', 'selection', 'sessions'],
  pool: ['errors', 'record', 'contracts', 'base', 'stores', 'replication', 'selection', 'sessions', 'discovery'],
}

/** Finds imports in core from a wing that the importing wing may not use. */
export function upwardImports(files: readonly RepositoryFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const wing = wingOf(path)
    if (wing === undefined) return []
    return relativeImports(path, text)
      .filter((target) => wingOf(target) !== wing && !BELOW[wing]?.includes(wingOf(target) ?? ''))
      .map((target) => `${path} imports ${target}`)
  })
}

/** Finds circular imports of files, type imports included. Each circle is reported once, from its first file by name. */
export function circles(files: readonly RepositoryFile[]): string[] {
  const targets = new Map(files.map(({ path, text }) => [path, relativeImports(path, text)]))
  const found = new Set<string>()
  const finished = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) found.add(named(trail.slice(at)))
    if (at >= 0 || finished.has(path)) return
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path])
    finished.add(path)
  }
  for (const path of [...targets.keys()].sort()) walk(path, [])
  return [...found].sort()
}

/** Finds uses of the time and of timers in core outside `base/clock.ts`, since a test in virtual time would wait for them. */
export function strayTime(files: readonly RepositoryFile[]): string[] {
  return inCore(files, `${CORE}base/clock.ts`).flatMap((file) =>
    findInSyntax(file, (node) => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        return /^set(Timeout|Interval)$/.test(node.expression.text) ? node.expression.text : undefined
      }
      const text = ts.isPropertyAccessExpression(node) ? node.getText() : ''
      return /^(performance|Date)\.now$/.test(text) ? text : undefined
    }),
  )
}

/**
 * Finds comparisons with the names of the built-in stores outside `selection/` and `stores/`. Other code does not need
 * these names: when persistence is off, the set of stores is empty.
 */
export function builtInNames(files: readonly RepositoryFile[]): string[] {
  const rest = inCore(files).filter(({ path }) => !/^packages\/core\/src\/(selection|stores)\//.test(path))
  return rest.flatMap((file) =>
    findInSyntax(file, (node) => {
      const isName = ts.isStringLiteralLike(node) && (node.text === 'memory' || node.text === 'none')
      return isName && isCompared(node) ? node.getText() : undefined
    }),
  )
}

// `durability: 'none'` and `adopt: 'none'` are no names of stores.
function isCompared({ parent }: ts.Node): boolean {
  if (ts.isCaseClause(parent)) return true
  const comparisons = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]
  return ts.isBinaryExpression(parent) && comparisons.some((kind) => kind === parent.operatorToken.kind)
}

const inCore = (files: readonly RepositoryFile[], but?: string): RepositoryFile[] =>
  files.filter(({ path }) => path.startsWith(CORE) && path !== but)

function wingOf(path: string): string | undefined {
  return path.startsWith(CORE) ? /^([^/]+)\//.exec(path.slice(CORE.length))?.[1] : undefined
}

function relativeImports(path: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(path), specifier)))
}

function named(circle: readonly string[]): string {
  const first = circle.indexOf([...circle].sort()[0] ?? '')
  const turned = [...circle.slice(first), ...circle.slice(0, first)]
  return [...turned, turned[0]].join(' -> ')
}
