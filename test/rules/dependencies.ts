import type { WorkspacePackage } from './repository-files.ts'

const SCOPE = '@sessionkeep/'
const CARET = /^\^\d+\.\d+\.\d+$/
const EXACT = /^(npm:@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

/**
 * Finds dependencies with a version of the wrong form. A published package uses caret ranges, so that a user's tree can
 * share one copy. Tools and private packages pin one version. Packages of this repository use each other's current version.
 * A peer range must admit every version that works, so an exact version is wrong there.
 */
export function wrongRanges(packages: readonly WorkspacePackage[]): string[] {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version ?? '']))
  return packages.flatMap(({ directory, manifest }) => {
    const wanted = manifest.private ? EXACT : CARET
    const isOurs = (name: string, range: string) => range === `^${versions.get(name)}`
    // A peer of ours has a wide range, since changesets makes a new major of its users when it leaves the range.
    const isPeer = (name: string, range: string) =>
      name.startsWith(SCOPE) ? /^>=0\.\d+\.\d+ <1\.0\.0$/.test(range) : !EXACT.test(range)
    const wrong = (ranges: Ranges, isGood: (range: string) => boolean) =>
      Object.entries(ranges ?? {})
        .filter(([name, range]) => !(name.startsWith(SCOPE) ? isOurs(name, range) : isGood(range)))
        .map(([name, range]) => `${directory}: ${name}@${range}`)
    return [
      ...wrong(manifest.dependencies, (range) => wanted.test(range)),
      ...wrong(manifest.devDependencies, (range) => EXACT.test(range)),
      ...Object.entries(manifest.peerDependencies ?? {})
        .filter(([name, range]) => !isPeer(name, range))
        .map(([name, range]) => `${directory}: ${name}@${range}`),
    ]
  })
}

type Ranges = Readonly<Record<string, string>> | undefined

/** Finds libraries without a row in docs/dependencies.md that has the used version and a reason. */
export function undocumentedLibraries(packages: readonly WorkspacePackage[], page: string): string[] {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return packages.flatMap(({ directory, manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter(([name]) => !name.startsWith(SCOPE))
      .filter(
        ([name, range]) =>
          !rows.some((cells) => explains(cells, name, range.slice(range.lastIndexOf('@') + 1).replace('^', ''))),
      )
      .map(([name, range]) => `${directory}: ${name} ${range}`),
  )
}

function explains([, library, version, reason]: readonly string[], name: string, wanted: string): boolean {
  return library === `\`${name}\`` && version === wanted && (reason?.length ?? 0) > 10
}
