import { randomBytes } from 'node:crypto'
import { lstat, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/core/store'
import { makeDirectory } from './directory.ts'

const OURS = /\.[0-9a-f]{32}\.\d+\.tmp$/

/** A writer's own directory for unfinished files. */
export interface TempFiles {
  readonly path: string
  /** A path that no other writer, earlier or later, has. */
  next(encodedName: string): string
}

/** Makes the directory unless it is there, and clears what killed writers of this owner left in it. */
export async function openTempFiles(path: string): Promise<TempFiles> {
  await makeDirectory(path)
  // A link or a mount here would put the unfinished files where they cannot be renamed from.
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
