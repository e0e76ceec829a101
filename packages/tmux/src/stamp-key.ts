import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, messageOf } from '@sessionkeep/contracts'
import { assertSafeDirectory, defaultDirectory, makeDirectories } from '@sessionkeep/disk'

/** The key that stamps are signed with. */
export interface StampKey {
  readonly secret: Buffer
  /** Why the key in the file could not be used; then only this process knows `secret`. */
  readonly fault?: string
}

const BYTES = 32

/** A key that was given as a text. */
export function keyOf(text: string): StampKey {
  return { secret: createHash('sha256').update(text).digest() }
}

/**
 * Reads the key of this user, beside the records of the default directory, and makes it when there is none. Without the
 * file, for example on a read-only disk, the result is a key for this process alone.
 */
export async function readStampKey(): Promise<StampKey> {
  try {
    const directory = defaultDirectory()
    await makeDirectories(directory)
    await assertSafeDirectory(directory)
    const path = join(directory, '.stamp-key')
    return { secret: (await read(path)) ?? (await make(path)) }
  } catch (error) {
    return { secret: randomBytes(BYTES), fault: `the file of the key cannot be used: ${messageOf(error)}` }
  }
}

/** Undefined when there is no file. */
async function read(path: string): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const handle = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    const stat = await handle.stat()
    const self = process.geteuid?.() ?? stat.uid
    if (!stat.isFile() || stat.size !== BYTES) throw new Error(`${path} is not a key of ${BYTES} bytes; remove it`)
    if (stat.uid !== self) throw new Error(`${path} belongs to another user`)
    if ((stat.mode & 0o077) !== 0) throw new Error(`${path} can be read by others; run: chmod 600 '${path}'`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

async function make(path: string): Promise<Buffer> {
  const temp = `${path}.${randomBytes(16).toString('hex')}.tmp`
  const handle = await open(temp, 'wx', 0o600)
  try {
    await handle.writeFile(randomBytes(BYTES))
    await handle.sync()
    // Several processes may make a key at once. The first one wins, because link() never replaces a file.
    await link(temp, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await handle.close()
    await unlink(temp)
  }
  const secret = await read(path)
  if (secret) return secret
  throw new Error(`${path} was removed again`)
}
