import { dirname, join, normalize } from 'node:path/posix'
import ts from 'typescript'
import type { RepositoryFile, WorkspacePackage } from './repository-files.ts'

const SCOPE = '@sessionkeep/'

/** The packages of this repository that each package may import. A package that is not listed may import contracts and core. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  selection: ['contracts'],
  replication: ['contracts', 'selection'],
  resume: ['contracts'],
  core: ['contracts', 'selection', 'replication', 'resume'],
  'store-kit': ['contracts'],
  disk: ['contracts', 'store-kit'],
  'store-file': ['contracts', 'store-kit', 'disk'],
  'store-lowdb': ['contracts', 'store-kit', 'disk'],
  'store-keyv': ['contracts', 'store-kit'],
  tmux: ['contracts', 'store-kit', 'disk'],
  cli: ['contracts', 'core', 'disk', 'tmux', 'conformance'],
  http: ['contracts', 'core'],
}

/** The libraries that the packages of a pool may use. Every user of sessionkeep installs them. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  contracts: ['zod'],
  selection: ['zod', 'pino', 'import-meta-resolve'],
  replication: [],
  resume: ['zod'],
  core: ['zod'],
}

/** The packages that may use the entries `internal`. Any other package gets along with what is public. */
const INSIDERS = ['selection', 'replication', 'resume', 'core']

/** The sources that their package bundles, so that what they import is a tool of its build, and no dependency of its users. */
const BUNDLED = /^packages\/http\/src\/dashboard\//

/** Finds imports in `packages/<p>/src` of a package that is not allowed, not declared, or outside the package by path. */
export function wrongImports(files: readonly RepositoryFile[], packages: readonly WorkspacePackage[]): string[] {
  return files.flatMap((file) => {
    const directory = /^packages\/[^/]+(?=\/src\/)/.exec(file.path)?.[0]
    const owner = packages.find((candidate) => candidate.directory === directory)
    if (!owner || owner.manifest.private) return []
    return importsOf(file).flatMap((specifier) => {
      const problem = problemOf(specifier, file.path, owner)
      return problem ? [`${file.path}: ${specifier} ${problem}`] : []
    })
  })
}

function importsOf({ text }: RepositoryFile): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}

function problemOf(specifier: string, path: string, { directory, manifest }: WorkspacePackage): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(path), specifier))
    // The build puts what is used of package.json into the output, so that a bundle has it too.
    const isOwn = target.startsWith(`${directory}/src/`) || target === `${directory}/package.json`
    return isOwn ? undefined : 'leaves the sources of its package'
  }
  const name = packageName(specifier)
  const own = manifest.name.slice(SCOPE.length)
  if (name.startsWith(SCOPE)) {
    if (!(ALLOWED[own] ?? ['contracts', 'core']).includes(name.slice(SCOPE.length))) return 'points sideways or upwards'
    if (specifier.endsWith('/internal') && !INSIDERS.includes(own)) return 'is for the packages of the pool alone'
  } else if (LIBRARIES[own] && !LIBRARIES[own].includes(name)) {
    return `is not ${LIBRARIES[own].join(', ')} or a node builtin`
  }
  const bundled = BUNDLED.test(path) ? manifest.devDependencies : {}
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...bundled }
  return name in declared ? undefined : 'is not a dependency of its package'
}

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
