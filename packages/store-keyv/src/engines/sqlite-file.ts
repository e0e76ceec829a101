import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf, pathTrust, StoreError } from '@sessionkeep/contracts'

/**
 * Checks that nobody else could change a database, its directory or the way to it, as OpenSSH does for `StrictModes`.
 * Returns sentences about what a group could do.
 *
 * @throws `STORE_MISCONFIGURED` with the command that helps
 */
export async function assertTrustedDatabase(file: string): Promise<readonly string[]> {
  const path = resolve(file)
  const found = await lstat(path).catch(() => undefined)
  // The directory itself is missing: SQLite reports that.
  const { fault, doubts, real } = await pathTrust(found ? path : dirname(path)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return { fault: undefined, doubts: [], real: path }
    throw error
  })
  if (fault !== undefined) throw misconfigured(path, `is not used, because others could change it: ${fault}`)
  if (found && !(await lstat(real)).isFile()) throw misconfigured(path, 'is not a regular file; name another')
  return doubts.map((doubt) => `Other users could change the database ${path}: ${doubt}.`)
}

/**
 * Creates a file for SQLite that only this user may read, or makes an existing one so. SQLite itself would follow the
 * umask. It gives its journals the mode of the database.
 */
export async function makePrivate(file: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_CREAT | constants.O_NONBLOCK, 0o600)
    const { mode, uid } = await handle.stat()
    if ((mode & 0o077) !== 0 && uid === process.geteuid?.()) await handle.chmod(mode & 0o700)
  } finally {
    await handle?.close()
  }
}

function misconfigured(path: string, why: string): StoreError {
  return new StoreError('STORE_MISCONFIGURED', `The database ${path} ${why}.`, { context: { path } })
}
