import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, pathTrust, StoreError } from '@sessionkeep/contracts'
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

/**
 * Creates a directory with mode 0700, whatever the umask. An existing one is not changed.
 *
 * @example
 * await makeDirectory(join(directory, '.journal'))
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  await chmod(path, 0o700)
}

/** Whether something is at the path; a link counts by itself. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/**
 * Rejects when a missing directory would be made below a directory or link of another user.
 *
 * @throws `STORE_MISCONFIGURED` with a command that corrects the fault
 */
export async function assertSafePath(path: string): Promise<void> {
  const { fault } = await pathTrust(path, { mayBeMissing: true })
  if (fault !== undefined) throw unsafe(path, fault)
}

/**
 * Rejects when a directory is unsafe: it is a link or no directory, everybody may write it, or a part of its path
 * belongs to another user. Returns warnings for the caller to log: groups that could change the directory or a part of
 * its path.
 *
 * @throws `STORE_MISCONFIGURED` with a command that corrects the fault
 */
export async function assertSafeDirectory(path: string): Promise<readonly string[]> {
  await assertRealDirectory(path, await lstat(path))
  const { fault, doubts } = await pathTrust(path)
  if (fault !== undefined) throw unsafe(path, fault)
  return doubts
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

function unsafe(path: string, fault: string): StoreError {
  return misconfigured(path, `is not used, because others could change it: ${fault}`)
}

function misconfigured(directory: string, why: string): StoreError {
  return new StoreError('STORE_MISCONFIGURED', `${directory} ${why}.`, { context: { directory } })
}
