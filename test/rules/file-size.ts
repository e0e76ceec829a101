import type { RepositoryFile } from './repository-files.ts'

const LIMIT = 250

/** Files that have grown past one idea. */
export function tooLong(files: readonly RepositoryFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LIMIT)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}
