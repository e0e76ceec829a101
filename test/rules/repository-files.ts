import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A file of the repository. `path` is relative to the root, with forward slashes. */
export interface RepositoryFile {
  readonly path: string
  readonly text: string
}

/** The files that git tracks or would add. */
export function repositoryFiles(pattern: RegExp): RepositoryFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0')
  return paths
    .filter((path) => pattern.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
}

/** A package of the workspace. `directory` is relative to the root; '.' is the root package. */
export interface WorkspacePackage {
  readonly directory: string
  readonly manifest: Manifest
}

export function workspacePackages(): WorkspacePackage[] {
  return repositoryFiles(/^(packages\/[^/]+\/|examples\/[^/]+\/)?package\.json$/).map(({ path, text }) => ({
    directory: dirname(path),
    manifest: JSON.parse(text) as Manifest,
  }))
}
