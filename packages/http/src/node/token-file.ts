import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathTrust } from '@sessionkeep/contracts'
import { CodedError } from '@sessionkeep/core'
import { newToken } from '../guard/token.ts'

/**
 * Reads the token of a file, and makes the file (0600) with a new token if it is not there, so that a browser stays logged in over
 * restarts of the gateway.
 * @throws `TOKEN_FILE_UNTRUSTED` if other users can read or write the file or own a part of its path, or the file has no token.
 * @example `createHttpApp(pool, { token: await tokenFromFile('/data/sessions/.http-token') })`
 */
export async function tokenFromFile(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // The file gets its name only when it is complete, so that two gateways that start at once read the same token.
  const draft = `${path}.${process.pid}.${randomUUID()}`
  await writeFile(draft, `${newToken()}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  // A link of another user could lead to any private file of this one, and the token is printed.
  const { fault } = await pathTrust(resolve(path), { mayBeShared: true })
  if (fault !== undefined) throw new CodedError('TOKEN_FILE_UNTRUSTED', `${path} is not used: ${fault}`)
  const { mode, uid } = await stat(path)
  if ((mode & 0o077) !== 0 || (process.getuid && uid !== process.getuid()))
    throw new CodedError('TOKEN_FILE_UNTRUSTED', `Other users can read ${path}. Remove it, or: chmod 600 ${path}`)
  const token = (await readFile(path, 'utf8')).trim()
  if (token.length < 16)
    throw new CodedError('TOKEN_FILE_UNTRUSTED', `${path} has no token. Remove it to get a new one.`)
  return token
}
