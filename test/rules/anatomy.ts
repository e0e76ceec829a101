import type { WorkspacePackage } from './repository-files.ts'

const EVERY = ['package.json', 'tsconfig.json', 'README.md', 'src']
const PUBLIC = [...EVERY, 'test', 'LICENSE']
// `schema`: what editors read of a configuration, written from the sources.
const ALLOWED = new Set([...PUBLIC, 'CHANGELOG.md', 'schema'])

/** What a package lacks, and what lies in it besides the usual. Private ones need neither tests nor a licence of their own. */
export function oddAnatomy(packages: readonly WorkspacePackage[], paths: readonly string[]): string[] {
  return packages
    .filter(({ directory }) => directory.startsWith('packages/'))
    .flatMap(({ directory, manifest }) => {
      const inside = paths.filter((path) => path.startsWith(`${directory}/`))
      const parts = new Set(inside.map((path) => path.slice(directory.length + 1).split('/')[0] ?? ''))
      const lacking = (manifest.private ? EVERY : PUBLIC).filter((part) => !parts.has(part))
      const odd = manifest.private ? [] : [...parts].filter((part) => !ALLOWED.has(part))
      return [
        ...lacking.map((part) => `${directory} has no ${part}`),
        ...odd.map((part) => `${directory}/${part} has no place in a package`),
      ]
    })
}
