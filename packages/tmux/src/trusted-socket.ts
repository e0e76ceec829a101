import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, pathTrust } from '@sessionkeep/contracts'
import { HostError } from '@sessionkeep/contracts/host'

const STICKY = 0o1000

/** Says where the socket of a server is: the path, as for `tmux -S`; a name, as for `tmux -L`; or neither. */
export interface SocketPlace {
  readonly path: string | undefined
  readonly name: string | undefined
}

/**
 * Rejects a socket that another user has made or could exchange, because that user's server would get the texts and
 * commands of sessions. tmux itself checks only the directory in which it looks for a name.
 *
 * A socket that does not exist yet is accepted in a directory where nobody else can make it first. One that exists and is ours is
 * also accepted in a shared directory such as /tmp, where only its owner can replace it.
 *
 * @throws `HOST_UNAVAILABLE` with what to do
 */
export async function assertTrustedSocket(place: SocketPlace): Promise<void> {
  const socket = place.path ?? join(defaultDirectory(), place.name ?? 'default')
  const fault = (await faultOf(socket, place.path === undefined)) ?? (await ownerFault(socket))
  if (fault === undefined) return
  throw new HostError(
    'HOST_UNAVAILABLE',
    `the tmux socket ${socket} is not used, because it may be another user's: ${fault}`,
    {
      context: { socket },
    },
  )
}

/** The directory in which tmux looks for a socket by its name. */
function defaultDirectory(): string {
  return join(process.env.TMUX_TMPDIR || '/tmp', `tmux-${process.getuid?.()}`)
}

/** tmux makes only its own directory, and with the mode 0700. A directory that it does not make has to exist. */
async function faultOf(socket: string, mayBeMissing: boolean): Promise<string | undefined> {
  const mayBeShared = await isKeptForUs(socket)
  const trust = await pathTrust(dirname(socket), { mayBeMissing, mayBeShared }).catch((error: unknown) => {
    // tmux itself reports a system error, such as a missing directory.
    if (codeOf(error) === undefined) throw error
  })
  return trust?.fault
}

/** Whether the socket exists, is ours, and lies in a directory of ours or root's where nobody else can replace it. */
async function isKeptForUs(socket: string): Promise<boolean> {
  const self = process.geteuid?.()
  try {
    const [found, directory] = [await lstat(socket), await lstat(dirname(socket))]
    const isShared = directory.isDirectory() && (directory.mode & STICKY) !== 0 && [self, 0].includes(directory.uid)
    return isShared && found.isSocket() && found.uid === self
  } catch {
    return false
  }
}

async function ownerFault(socket: string): Promise<string | undefined> {
  const self = process.geteuid?.()
  const found = await lstat(socket).catch(() => undefined)
  if (found === undefined || self === undefined) return undefined
  if (found.isSymbolicLink()) return `${socket} is a symbolic link; name the socket itself`
  if (found.uid === self || found.uid === 0) return undefined
  return `${socket} belongs to user ${found.uid}, and this is user ${self}; use another path`
}
