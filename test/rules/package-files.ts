import type { WorkspacePackage } from './repository-files.ts'

const EVERY = ['package.json', 'tsconfig.json', 'README.md', 'src']
const PUBLIC = [...EVERY, 'test', 'LICENSE']
// `schema` has the JSON schema of the configuration, which is generated from the sources.
const ALLOWED = new Set([...PUBLIC, 'CHANGELOG.md', 'schema'])

/** Finds missing and unexpected files of packages. Private packages need neither tests nor a licence of their own. */
export function wrongPackageFiles(packages: readonly WorkspacePackage[], paths: readonly string[]): string[] {
  return packages
    .filter(({ directory }) => directory.startsWith('packages/'))
    .flatMap(({ directory, manifest }) => {
      const inside = paths.filter((path) => path.startsWith(`${directory}/`))
      const parts = new Set(inside.map((path) => path.slice(directory.length + 1).split('/')[0] ?? ''))
      const lacking = (manifest.private ? EVERY : PUBLIC).filter((part) => !parts.has(part))
      const odd = manifest.private ? [] : [...parts].filter((part) => !ALLOWED.has(part))
      return [
        ...lacking.map((part) => `${directory} has no ${part}`),
        ...odd.map((part) => `${directory}/${part} is not an allowed file of a package`),
      ]
    })
}
