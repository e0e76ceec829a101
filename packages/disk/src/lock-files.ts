import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Holder, isRunning, parseHolder } from '@sessionkeep/store-kit'
import { encodeName } from './file-name.ts'
import { readWholeFile } from './read-file.ts'
import { NEVER_ABORTED } from './semaphore.ts'

/** The most bytes of a lock file that are read: far more than the text of a holder. */
const MAX_LOCK_BYTES = 64 * 1024

/**
 * The path of a file of an owner. The name is hidden, and has a form that no file of a record has. Without an owner, this
 * is the file of the whole directory.
 */
export function ownFile(
  directory: string,
  owner: string | undefined,
  ending: 'lock' | 'lease' | 'tmp' | 'probe',
): string {
  return join(directory, owner === undefined ? `.${ending}` : `.${encodeName(owner, true)}.${ending}`)
}

/** The lock files of all writers that exclude this one: those of the same owner, and those of the whole directory. */
export async function rivalFiles(
  directory: string,
  owner: string | undefined,
  ending: 'lock' | 'lease',
): Promise<string[]> {
  if (owner !== undefined) return [ownFile(directory, owner, ending), ownFile(directory, undefined, ending)]
  const names = await readdir(directory)
  return names
    .filter((name) => name.startsWith('.') && name.endsWith(`.${ending}`))
    .map((name) => join(directory, name))
}

/**
 * Finds the holder of a kernel lock in the texts of these lock files. A holder whose process has ended is skipped.
 */
export async function writtenHolder(lockFiles: readonly string[]): Promise<Holder | undefined> {
  for (const path of lockFiles) {
    const holder = parseHolder(await readText(path))
    if (holder && (await isRunning(holder)) !== false) return holder
  }
  return undefined
}

/** Reads a lock file. If it is no readable regular file of this user, the text is empty, so that there is no holder. */
async function readText(path: string): Promise<string> {
  const content = await readWholeFile({ path, maxBytes: MAX_LOCK_BYTES, signal: NEVER_ABORTED })
  return content === undefined || 'fault' in content ? '' : content.bytes.toString('utf8')
}
