import type { WorkspacePackage } from './repository-files.ts'

const SCOPE = '@sessionkeep/'
const EXACT = /^(npm:@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

/** Libraries that are not pinned to one version, and our own packages asked for in a version that is not the one here. */
export function loosePins(packages: readonly WorkspacePackage[]): string[] {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version ?? '']))
  return packages.flatMap(({ directory, manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).flatMap(([name, range]) => {
      const isGood = name.startsWith(SCOPE) ? range === `^${versions.get(name)}` : EXACT.test(range)
      return isGood ? [] : [`${directory}: ${name}@${range}`]
    }),
  )
}

/** Libraries that the page on dependencies does not give a row, with the version that is used and a reason. */
export function unexplained(packages: readonly WorkspacePackage[], page: string): string[] {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return packages.flatMap(({ directory, manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter(([name]) => !name.startsWith(SCOPE))
      .filter(([name, range]) => !rows.some((cells) => explains(cells, name, range.slice(range.lastIndexOf('@') + 1))))
      .map(([name, range]) => `${directory}: ${name} ${range}`),
  )
}

function explains([, library, version, reason]: readonly string[], name: string, wanted: string): boolean {
  return library === `\`${name}\`` && version === wanted && (reason?.length ?? 0) > 10
}
