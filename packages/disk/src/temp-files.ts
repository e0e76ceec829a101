import { randomBytes } from 'node:crypto'
import { lstat, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { makeDirectory } from './directory.ts'

const OURS = /\.[0-9a-f]{32}\.\d+\.tmp$/

/** The directory for the unfinished files of a writer. */
export interface TempFiles {
  readonly path: string
  /** Returns a path that no other writer ever uses. */
  next(encodedName: string): string
}

/** Creates the directory if it is missing, and removes the files that killed writers of this owner left in it. */
export async function openTempFiles(path: string): Promise<TempFiles> {
  await makeDirectory(path)
  // If this were a link or a mount, the unfinished files could not be renamed into place.
  if (!(await lstat(path)).isDirectory()) {
    throw new StoreError('STORE_MISCONFIGURED', `${path} is not a directory; move it away.`, { context: { path } })
  }
  await sweep(path)
  const run = randomBytes(16).toString('hex')
  let count = 0
  return {
    path,
    next: (encodedName) => {
      count += 1
      return join(path, `${encodedName}.${run}.${count}.tmp`)
    },
  }
}

async function sweep(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!OURS.test(name)) continue
    try {
      await unlink(join(path, name))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
}
