import { dirname, join, normalize } from 'node:path/posix'
import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

const CORE = 'packages/core/src/'
/** The packages that a pool is made of. */
const POOL = /^packages\/(contracts|selection|resume|replication|core)\/src\//

/**
 * The wings of contracts and of core, as `package/wing`, each with the wings of its package that it may import, type
 * imports included. An entry of the package (`index.ts` and its siblings) may import every wing. Which packages a package
 * may import is in `imports.ts`.
 */
export const BELOW: Readonly<Record<string, readonly string[]>> = {
  'contracts/errors': ['record'],
  'contracts/record': ['errors'],
  'contracts/contracts': ['errors', 'record'],
  'contracts/base': ['errors', 'record', 'contracts'],
  'contracts/stores': ['errors', 'record', 'contracts', 'base'],
  'contracts/hosts': ['errors', 'record', 'contracts', 'base'],
  'contracts/testing': ['errors', 'record', 'contracts', 'base', 'hosts'],
  'core/sessions': [],
  'core/discovery': ['sessions'],
  'core/pool': ['sessions', 'discovery'],
}

/** Finds imports from a wing that the importing wing of the same package may not use. */
export function upwardImports(files: readonly RepositoryFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const [, name = '', wing = ''] = WING.exec(path) ?? []
    const below = BELOW[`${name}/${wing}`]
    if (below === undefined) return wing === '' ? [] : [`${path} is in no known wing`]
    return relativeImports(path, text)
      .filter((target) => ![wing, ...below].includes(WING.exec(target)?.[2] ?? ''))
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

/** Finds uses of the time and of timers in a pool outside its clock, since a test in virtual time would wait for them. */
export function strayTime(files: readonly RepositoryFile[]): string[] {
  const rest = files.filter(({ path }) => POOL.test(path) && path !== 'packages/contracts/src/base/clock.ts')
  return rest.flatMap((file) =>
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
 * Finds comparisons with the names of the built-in stores in core. Only the package selection needs these names: when
 * persistence is off, the set of stores is empty.
 */
export function builtInNames(files: readonly RepositoryFile[]): string[] {
  const core = files.filter(({ path }) => path.startsWith(CORE))
  return core.flatMap((file) =>
    findInSyntax(file, (node) => {
      const isName = ts.isStringLiteralLike(node) && (node.text === 'memory' || node.text === 'none')
      return isName && isCompared(node) ? node.getText() : undefined
    }),
  )
}

// `durability: 'none'` and `takeIn: 'none'` are no names of stores.
function isCompared({ parent }: ts.Node): boolean {
  if (ts.isCaseClause(parent)) return true
  const comparisons = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]
  return ts.isBinaryExpression(parent) && comparisons.some((kind) => kind === parent.operatorToken.kind)
}

const WING = /^packages\/(contracts|core)\/src\/([^/]+)\//

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
