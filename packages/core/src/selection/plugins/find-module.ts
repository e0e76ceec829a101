import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const CONDITIONS: readonly string[] = ['node', 'import', 'module-sync', 'default']

/**
 * The file that `import` of a package means in a directory; undefined where the package is not installed there. By hand,
 * because Node resolves for `import` from the importing file alone, and for `require` not what a package gives to `import`.
 */
export function findModule(specifier: string, directory: string): string | undefined {
  const parts = specifier.split('/')
  const name = parts.splice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const root = rootOf(name, directory)
  if (root === undefined) return undefined
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports?: unknown }
  const target = exports === undefined ? undefined : targetOf(atSubpath(exports, ['.', ...parts].join('/')))
  if (target !== undefined) return join(root, target)
  // Also where nothing is exported under that name: the error of this call says so.
  return createRequire(join(directory, 'package.json')).resolve(specifier)
}

function rootOf(name: string, from: string): string | undefined {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    const root = join(directory, 'node_modules', name)
    if (existsSync(join(root, 'package.json'))) return root
    if (dirname(directory) === directory) return undefined
  }
}

/** `exports` may be what is at `.` itself, or an object of subpaths. */
function atSubpath(exports: unknown, subpath: string): unknown {
  const isMap = typeof exports === 'object' && exports !== null && Object.keys(exports).some((key) => key[0] === '.')
  if (!isMap) return subpath === '.' ? exports : undefined
  return (exports as Readonly<Record<string, unknown>>)[subpath]
}

function targetOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported
  if (Array.isArray(exported)) return exported.map(targetOf).find((target) => target !== undefined)
  if (typeof exported !== 'object' || exported === null) return undefined
  for (const [condition, target] of Object.entries(exported)) {
    const found = CONDITIONS.includes(condition) ? targetOf(target) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
