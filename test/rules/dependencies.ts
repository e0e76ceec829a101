import type { WorkspacePackage } from './repository-files.ts'

const SCOPE = '@sessionkeep/'
const CARET = /^\^\d+\.\d+\.\d+$/
const EXACT = /^(npm:@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

/**
 * Versions that are asked for in the wrong form. What a published package depends on is a caret range, so that a user's
 * tree can share one copy; tools and private packages pin one version; our own packages ask for each other as they are here.
 * A peer range admits every version that works, so an exact version is wrong there.
 */
export function wrongRanges(packages: readonly WorkspacePackage[]): string[] {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version ?? '']))
  return packages.flatMap(({ directory, manifest }) => {
    const wanted = manifest.private ? EXACT : CARET
    const isOurs = (name: string, range: string) => range === `^${versions.get(name)}`
    const wrong = (ranges: Ranges, isGood: (range: string) => boolean) =>
      Object.entries(ranges ?? {})
        .filter(([name, range]) => !(name.startsWith(SCOPE) ? isOurs(name, range) : isGood(range)))
        .map(([name, range]) => `${directory}: ${name}@${range}`)
    return [
      ...wrong(manifest.dependencies, (range) => wanted.test(range)),
      ...wrong(manifest.devDependencies, (range) => EXACT.test(range)),
      ...wrong(manifest.peerDependencies, (range) => !EXACT.test(range)),
    ]
  })
}

type Ranges = Readonly<Record<string, string>> | undefined

/** Libraries that the page on dependencies does not give a row, with the version that is used and a reason. */
export function unexplained(packages: readonly WorkspacePackage[], page: string): string[] {
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
