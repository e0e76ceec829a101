import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/core/store'
import { syncDirectoryAt } from './sync-directory.ts'

/** A directory by descriptor, so that it can be told from another that later stands at the same path. */
export interface HeldDirectory {
  readonly path: string
  readonly handle: FileHandle
  readonly dev: number
  readonly ino: number
}

/** Makes what is missing of the path, for this user alone, and syncs each parent. */
export async function makeDirectories(path: string): Promise<void> {
  if (await exists(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeDirectories(parent)
  await makeDirectory(path)
  await syncDirectoryAt(parent)
}

/** Makes one directory of mode 0700, whatever the umask; one that is there already is left as it is. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  await chmod(path, 0o700)
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Refuses what is no place for records: not a real directory, another user's, or one that others can write to. */
export async function assertSafeDirectory(path: string): Promise<void> {
  const stat = await lstat(path)
  await assertRealDirectory(path, stat)
  const self = process.geteuid?.()
  if (self !== undefined && stat.uid !== self) {
    throw misconfigured(path, `belongs to user ${stat.uid}, and this is user ${self}; run: chown ${self} '${path}'`)
  }
  if ((stat.mode & 0o002) === 0) return
  // A sticky one, as /tmp is, is meant to be shared: to change it would break what others do there.
  const advice = stat.mode & 0o1000 ? 'name a directory of its own inside it' : `run: chmod o-w '${path}'`
  throw misconfigured(path, `can be written to by every user; ${advice}`)
}

/** Opens the directory. Not through a symbolic link in its last place: whoever owns the link could turn it elsewhere. */
export async function holdDirectory(path: string): Promise<HeldDirectory> {
  await assertRealDirectory(path, await lstat(path))
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const { dev, ino } = await handle.stat()
    return { path, handle, dev, ino }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function assertRealDirectory(path: string, stat: Awaited<ReturnType<typeof lstat>>): Promise<void> {
  if (stat.isSymbolicLink()) {
    const real = await realpath(path).catch((error: unknown) => `its target (${codeOf(error)})`)
    throw misconfigured(path, `is a symbolic link; name the directory itself: ${real}`)
  }
  if (!stat.isDirectory()) throw misconfigured(path, 'is not a directory; name another')
}

function misconfigured(directory: string, why: string): StoreError {
  return new StoreError('STORE_MISCONFIGURED', `${directory} ${why}.`, { context: { directory } })
}
