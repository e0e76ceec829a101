import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { syncDirectoryAt } from './sync-directory.ts'

/** An open directory. Its descriptor identifies it even when another directory is later at the same path. */
export interface HeldDirectory {
  readonly path: string
  readonly handle: FileHandle
  readonly dev: number
  readonly ino: number
}

/** Creates the missing directories of the path, accessible to this user only, and syncs each parent. */
export async function makeDirectories(path: string): Promise<void> {
  if (await exists(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeDirectories(parent)
  await makeDirectory(path)
  await syncDirectoryAt(parent)
}

/** Creates a directory with mode 0700, whatever the umask. An existing one is not changed. */
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

/**
 * Refuses an unsafe directory: one that is not a real directory, belongs to another user, or can be written to by
 * everybody.
 *
 * @throws `STORE_MISCONFIGURED` with the command that helps
 */
export async function assertSafeDirectory(path: string): Promise<void> {
  const stat = await lstat(path)
  await assertRealDirectory(path, stat)
  const self = process.geteuid?.()
  if (self !== undefined && stat.uid !== self) {
    throw misconfigured(path, `belongs to user ${stat.uid}, and this is user ${self}; run: chown ${self} '${path}'`)
  }
  if ((stat.mode & 0o002) === 0) return
  // A sticky directory such as /tmp is shared on purpose; changing its mode would break other programs.
  const advice = stat.mode & 0o1000 ? 'name a directory of its own inside it' : `run: chmod o-w '${path}'`
  throw misconfigured(path, `can be written to by every user; ${advice}`)
}

/**
 * Opens the directory. A symbolic link as the last part of the path is refused, since the owner of the link could
 * redirect it.
 */
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
