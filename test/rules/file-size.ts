import type { RepositoryFile } from './repository-files.ts'

/** A file holds one idea whole; one this long is looked at twice in a review. */
const LIMIT = 320

/** Files that have grown past one idea. */
export function tooLong(files: readonly RepositoryFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LIMIT)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}
