import { constants, type Stats, statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError, codeOf, pathTrust } from '@sessionkeep/contracts'
import { DIRECTORY_ADVICE } from '../names.ts'

/** The largest configuration, bytes. */
const MAX_BYTES = 1024 * 1024
// Without O_NONBLOCK, opening a named pipe would wait for a writer that may never come.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Says why code or a configuration at this path must not be used: who else could change it. Undefined if only this user, root
 * and the owner of the program's file could, whose code runs anyway.
 *
 * @throws The error of the file system
 */
export async function distrustOf(path: string): Promise<string | undefined> {
  const { fault, doubts } = await pathTrust(path, { owners: programOwner() })
  return fault ?? doubts[0]
}

function programOwner(): number[] {
  try {
    return process.argv[1] ? [statSync(process.argv[1]).uid] : []
  } catch {
    return []
  }
}

/** The error of a file that others could change. */
export function untrusted(file: string, why: string): ConfigError {
  return new ConfigError('CONFIG_UNTRUSTED', `${file} is not used, because others could change it: ${why}.`, {
    context: { file },
  })
}

/**
 * Checks that a configuration is a regular file of at most 1 MiB that nobody else could change.
 *
 * @throws `CONFIG_UNREADABLE`, `CONFIG_UNTRUSTED`
 */
export async function assertTrustedFile(file: string): Promise<void> {
  const why = await distrustOf(file).catch((cause: unknown) => {
    throw unreadable(file, cause)
  })
  if (why !== undefined) throw untrusted(file, why)
  assertRegular(file, await stat(file))
}

/**
 * Checks that a module of a store is a regular file that nobody else could change.
 *
 * @throws `CONFIG_UNTRUSTED`; an `Error` when it is no file
 */
export async function assertTrustedCode(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (!found) throw new Error('there is no such file')
  if (found.isDirectory()) throw new Error(`it is a directory, and not a module. ${DIRECTORY_ADVICE}`)
  // Importing a named pipe would never end.
  if (!found.isFile()) throw new Error('it is not a file')
  const why = await distrustOf(file)
  if (why !== undefined) throw untrusted(file, why)
  await assertKindIsKnown(file)
}

/**
 * Checks that Node can find out what kind of module a `.js` file is. Node reads the nearest package.json above, and would wait
 * for ever for a named pipe that another user put there.
 *
 * @throws `CONFIG_UNTRUSTED`
 */
export async function assertKindIsKnown(file: string, directory = dirname(file)): Promise<void> {
  if (/\.[cm]js$/.test(file)) return
  const manifest = join(directory, 'package.json')
  const found = await stat(manifest).catch(() => undefined)
  if (found === undefined || found.isDirectory()) {
    const above = dirname(directory)
    if (above !== directory) await assertKindIsKnown(file, above)
  } else if (!found.isFile() || found.size > MAX_BYTES) {
    throw untrusted(
      file,
      `Node would read ${manifest} first, which is not a regular file of at most 1 MiB; name the file .mjs`,
    )
  }
}

/**
 * Checks that no part of the path of a package belongs to another user. Packages may be installed where a group can write.
 *
 * @throws `CONFIG_UNTRUSTED`
 */
export async function assertNoForeignOwner(file: string): Promise<void> {
  // Some package managers have packages in archives; no such path exists in the file system.
  const { fault } = await pathTrust(file, { owners: programOwner() }).catch(() => ({ fault: undefined }))
  if (fault !== undefined) throw untrusted(file, fault)
}

/** Reads a configuration. It never waits, whatever is at the path. @throws `CONFIG_UNREADABLE`, `CONFIG_UNTRUSTED` */
export async function readTrustedFile(file: string): Promise<string> {
  await assertTrustedFile(file)
  return await readRegularFile(file)
}

/** Reads a regular file of at most 1 MiB, whoever owns it. @throws `CONFIG_UNREADABLE` */
export async function readRegularFile(file: string): Promise<string> {
  let handle: FileHandle | undefined
  try {
    // Opening a device may already have an effect, so the first look is at the path.
    assertRegular(file, await stat(file))
    handle = await open(file, FLAGS)
    assertRegular(file, await handle.stat())
    const buffer = Buffer.allocUnsafe(MAX_BYTES + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) return buffer.toString('utf8', 0, length)
      length += bytesRead
    }
  } catch (cause) {
    throw cause instanceof ConfigError ? cause : unreadable(file, cause)
  } finally {
    await handle?.close()
  }
}

function assertRegular(file: string, found: Stats): void {
  if (!found.isFile()) throw unreadable(file, 'it is not a file')
  if (found.size > MAX_BYTES) throw unreadable(file, `it is larger than ${MAX_BYTES} bytes`)
}

function unreadable(file: string, fault: unknown): ConfigError {
  const code = codeOf(fault)
  const why = typeof fault === 'string' ? fault : code === 'ENOENT' ? 'there is no such file' : String(code)
  const cause = typeof fault === 'string' ? undefined : fault
  return new ConfigError('CONFIG_UNREADABLE', `${file} cannot be read: ${why}.`, { cause, context: { file } })
}
