import type { RepositoryFile } from './repository-files.ts'

/** A file contains one idea; a longer file usually contains more than one. */
const LIMIT = 320

/** Finds files with more lines than the limit. */
export function tooLong(files: readonly RepositoryFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LIMIT)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}
