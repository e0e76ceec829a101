import type { Stats } from 'node:fs'
import { access, constants, lstat, readlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, parse, sep } from 'node:path'
import { codeOf } from '../errors/code-of.ts'
import { rightsAdvice } from './mount-options.ts'
import { isPrivateGroup } from './private-group.ts'

/** Who else could change what a path leads to. */
export interface PathTrust {
  /** The path without symbolic links. */
  readonly real: string
  /** Why the path must not be used: another user owns a part of it, or everybody may write what it leads to. Undefined: nothing is wrong. */
  readonly fault: string | undefined
  /** Weaker reasons not to use the path: a group may write what it leads to, or others may exchange a directory above it. */
  readonly doubts: readonly string[]
}

/** The options of {@link pathTrust}. */
export interface PathTrustOptions {
  /** Users who are trusted besides the one of this process and root. @defaultValue none */
  readonly owners?: readonly number[] | undefined
  /** True: the last parts of the path may not exist yet. Those that exist then count as directories above. @defaultValue false */
  readonly mayBeMissing?: boolean | undefined
  /** True: the path may lead into a directory such as /tmp, where everybody may add files, but only their owner can replace them. @defaultValue false */
  readonly mayBeShared?: boolean | undefined
}

/** The most symbolic links in one path, as in Linux. */
const MAX_LINKS = 40
const GROUP = 0o020
const EVERYBODY = 0o002
const STICKY = 0o1000

/**
 * Finds out who else could change what a path leads to, as OpenSSH does for `StrictModes`. Each part of the path, links
 * included, must belong to the user of this process or to root. Nobody else may write what the path leads to, nor the directory
 * of a file. Directories above may be writable for others only with the sticky bit, as `/tmp` is.
 *
 * A group that has no other member counts as its user, and a read-only mount as written by nobody. On Windows, every path is
 * trusted. Nothing is opened.
 *
 * @param path - An absolute path of a directory, file or socket.
 * @throws The error of the file system, for example with code `ENOENT`.
 *
 * @example
 * ```ts
 * const { fault, doubts } = await pathTrust('/var/lib/gateway')
 * if (fault) throw new Error(fault)
 * ```
 */
export async function pathTrust(path: string, options: PathTrustOptions = {}): Promise<PathTrust> {
  const self = process.geteuid?.()
  const { real, parts } = await partsOf(path, options.mayBeMissing ?? false)
  if (self === undefined) return { real, fault: undefined, doubts: [] }

  const owners = new Set([self, 0, ...(options.owners ?? [])])
  const found = parts.get(real)
  const aim = found ? [real, ...(found.isDirectory() ? [] : [dirname(real)])] : []
  const rootOwner = parts.get(parse(path).root)?.uid
  const faults: string[] = []
  const doubts: string[] = []
  for (const [at, stat] of parts) {
    const isAim = aim.includes(at)
    // Whoever owns the root of the file system can exchange all directories below it. In a user namespace that is not user 0.
    const isTrusted = owners.has(stat.uid) || (!isAim && stat.uid === rootOwner)
    if (!isTrusted) {
      const remedy = await rightsAdvice(at, `chown ${self} '${at}'`, self)
      faults.push(`${at} belongs to user ${stat.uid}, and this is user ${self}; ${remedy}`)
      continue
    }
    const writers = await otherWriters(at, stat)
    if (writers === undefined) continue
    const isSticky = stat.isDirectory() && (stat.mode & STICKY) !== 0
    if (isAim && isSticky && options.mayBeShared) continue
    if (isAim && writers === 'every user')
      faults.push(`${at} can be written to by every user; ${await advice(at, stat)}`)
    else if (isAim || !isSticky) doubts.push(`${at} can be written to by ${writers}; ${await advice(at, stat)}`)
  }
  return { real, fault: faults[0], doubts }
}

/** A sticky directory such as /tmp is shared on purpose; a change of its mode would break other programs. */
async function advice(at: string, { mode }: Stats): Promise<string> {
  return mode & STICKY ? 'use a directory of its own inside it' : rightsAdvice(at, `chmod go-w '${at}'`)
}

/** Finds every directory and link on the way to a path, from the root on, and the path without links. */
async function partsOf(
  path: string,
  mayBeMissing: boolean,
): Promise<{ real: string; parts: ReadonlyMap<string, Stats> }> {
  const { root } = parse(path)
  const parts = new Map([[root, await lstat(root)]])
  const names = path.slice(root.length).split(sep)
  let at = root
  let links = 0
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(at, name)
    const stat = parts.get(next) ?? (await lstat(next).catch((error: unknown) => missing(error, mayBeMissing)))
    if (!stat) return { real: join(next, ...names), parts }
    parts.set(next, stat)
    if (!stat.isSymbolicLink()) {
      at = next
      continue
    }
    links += 1
    if (links > MAX_LINKS) throw Object.assign(new Error(`${path} has too many links`), { code: 'ELOOP' })
    const target = await readlink(next)
    names.unshift(...target.split(sep))
    if (isAbsolute(target)) at = root
  }
  return { real: at, parts }
}

function missing(error: unknown, mayBeMissing: boolean): undefined {
  if (!mayBeMissing || codeOf(error) !== 'ENOENT') throw error
}

/** Says who may write a file or directory besides its owner. */
async function otherWriters(at: string, stat: Stats): Promise<string | undefined> {
  if (stat.isSymbolicLink()) return undefined
  const { mode, gid } = stat
  if ((mode & (GROUP | EVERYBODY)) === 0) return undefined
  if ((mode & EVERYBODY) === 0 && (await isPrivateGroup(gid))) return undefined
  if (await isReadOnly(at)) return undefined
  return mode & EVERYBODY ? 'every user' : `the group ${gid}`
}

/** Whether the file system is mounted read-only. Kubernetes mounts a ConfigMap so, with a directory of mode 0777. */
async function isReadOnly(at: string): Promise<boolean> {
  return access(at, constants.W_OK).then(
    () => false,
    (error: unknown) => codeOf(error) === 'EROFS',
  )
}
