import { constants } from 'node:fs'
import { chmod, lstat, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf, pathTrust, StoreError } from '@sessionkeep/contracts'
import { createQueue } from '@sessionkeep/store-kit'

/**
 * Checks that nobody else could change a database or a directory above it, as OpenSSH does for `StrictModes`. Returns
 * sentences about what a group could change.
 *
 * @throws `STORE_MISCONFIGURED` with the command that helps
 */
export async function assertTrustedDatabase(file: string): Promise<readonly string[]> {
  const path = resolve(file)
  const found = await lstat(path).catch(() => undefined)
  // If the directory itself is missing, SQLite reports that.
  const { fault, doubts, real } = await pathTrust(found ? path : dirname(path)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return { fault: undefined, doubts: [], real: path }
    throw error
  })
  if (fault !== undefined) throw misconfigured(path, `is not used, because others could change it: ${fault}`)
  if (found && !(await lstat(real)).isFile()) throw misconfigured(path, 'is not a regular file; name another')
  return doubts.map((doubt) => `Other users could change the database ${path}: ${doubt}.`)
}

/** Files are made one after the other, so that nobody locks a new file before its descriptor is closed here. */
const inTurn = createQueue()

/**
 * Creates a file for SQLite that only this user may read, or takes the rights of others from an existing file. SQLite
 * itself would follow the umask. It gives its journals the mode of the database. An existing file is not opened here:
 * whoever closes a descriptor of a file gives up every lock that SQLite has on that file in this process.
 */
export function makePrivate(file: string): Promise<void> {
  return inTurn(async () => {
    try {
      await (await open(file, constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL, 0o600)).close()
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const { mode, uid } = await stat(file)
      if ((mode & 0o077) !== 0 && uid === process.geteuid?.()) await chmod(file, mode & 0o700)
    }
  })
}

function misconfigured(path: string, why: string): StoreError {
  return new StoreError('STORE_MISCONFIGURED', `The database ${path} ${why}.`, { context: { path } })
}
