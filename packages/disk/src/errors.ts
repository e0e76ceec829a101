import { codeOf, isStoreError, StoreError } from '@sessionkeep/contracts'

/** The description of an action that failed: its words for the message (`read /path`), and facts for the log line. */
export interface FailedAction {
  readonly action: string
  readonly context?: Readonly<Record<string, unknown>>
}

// The error codes of a full disk, a used-up quota, or a file at its size limit.
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * Whether this error says that a disk is full or a quota is used up. It may be an error of the system or of a store.
 *
 * @example
 * if (isDiskFull(error)) await makeRoom()
 */
export function isDiskFull(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  return FULL.has(code) || code === 'STORE_FULL'
}

// With these errors the system refuses to write, but perhaps not to read. Their cause may pass while the gateway runs.
const ONLY_READABLE: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const ADVICE: Readonly<Record<string, string>> = {
  EROFS: 'it is on a read-only file system; mount it writable, or name another directory',
  EACCES: 'this user has no rights there; chown it to the user that runs the gateway, or name another directory',
  EPERM: 'the system forbids it; look for an immutable flag (lsattr) or a security policy, or name another directory',
  ENOTDIR: 'something in this path is a file, not a directory; name another directory',
  EISDIR: 'a directory is in place of a file of the store; move it away',
  ELOOP: 'a symbolic link is not allowed here; move it away',
  ENAMETOOLONG: 'the path is too long; name another directory',
  ENOSPC: 'the disk is full; make room, or name another directory',
  EDQUOT: 'the quota of this user is used up; raise it or make room, or name another directory',
  EFBIG: 'the file would be larger than this process may write; raise its limit (ulimit -f), or name another directory',
}

/**
 * Converts a system error of a call on an open store. A `StoreError` is returned unchanged.
 *
 * @example
 * throw toStoreError(error, { action: `read ${path}`, context: { path } })
 */
export function toStoreError(error: unknown, { action, context = {} }: FailedAction): StoreError {
  if (isStoreError(error)) return error
  const errno = codeOf(error)
  const code = errno !== undefined && FULL.has(errno) ? 'STORE_FULL' : 'STORE_UNAVAILABLE'
  const advice = ADVICE[errno ?? '']
  const why = advice === undefined ? (errno ?? String(error)) : `${errno}, ${advice}`
  return new StoreError(code, `Could not ${action}: ${why}.`, { cause: error, context })
}

function isOfSpawn(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn')
}

/**
 * Converts a system error of `open()`. Unlike in a later call, a wrong path is `STORE_MISCONFIGURED`, because only a
 * person can correct it. If a writer is refused because of a read-only mount or missing rights, the code is
 * `STORE_READ_ONLY`, so that the pool reads the records meanwhile.
 */
export function openError(error: unknown, directory: string, readOnly: boolean): StoreError {
  const errno = codeOf(error) ?? ''
  const advice = isStoreError(error) || isOfSpawn(error) || isDiskFull(error) ? undefined : ADVICE[errno]
  if (advice === undefined || (readOnly && ONLY_READABLE.has(errno)))
    return toStoreError(error, { action: `open the directory ${directory}`, context: { directory } })
  if (ONLY_READABLE.has(errno)) {
    const message = `The directory ${directory} cannot be written: ${advice}.`
    return new StoreError('STORE_READ_ONLY', message, { cause: error, context: { directory } })
  }
  return new StoreError('STORE_MISCONFIGURED', `The directory ${directory} cannot be used: ${advice}.`, {
    cause: error,
    context: { directory },
  })
}

/** The error for a directory that was open, and is now missing or replaced. */
export function vanished(directory: string, what = 'has vanished; it is not created again'): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `The directory ${directory} ${what}.`, { context: { directory } })
}
