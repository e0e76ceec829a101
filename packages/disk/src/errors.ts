import { codeOf, isStoreError, StoreError } from '@sessionkeep/core/store'

/** What was being done, for the message, and facts for a log line. */
export interface FailedAction {
  readonly action: string
  readonly context?: Readonly<Record<string, unknown>>
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

const PASSING: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const ADVICE: Readonly<Record<string, string>> = {
  EROFS: 'it is on a read-only file system; mount it writable, or name another directory',
  EACCES: 'this user has no rights there; chown it to the user that runs the gateway, or name another directory',
  EPERM: 'the system forbids it; look for an immutable flag (lsattr) or a security policy, or name another directory',
  ENOTDIR: 'something in this path is a file, not a directory; name another directory',
  EISDIR: 'a directory stands where a file of the store belongs; move it away',
  ELOOP: 'a symbolic link stands where none may; move it away',
  ENAMETOOLONG: 'the path is too long; name another directory',
}

/** The error of a call on an open store. */
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

/** The error of `open()`, where a wrong path is for a person to put right. */
export function openError(error: unknown, directory: string): StoreError {
  const errno = codeOf(error) ?? ''
  const advice = isStoreError(error) || isOfSpawn(error) ? undefined : ADVICE[errno]
  // A disk that was remounted read-only, or rights that are being mended, come right again while a gateway runs.
  if (advice === undefined || PASSING.has(errno))
    return toStoreError(error, { action: `open the directory ${directory}`, context: { directory } })
  return new StoreError('STORE_MISCONFIGURED', `The directory ${directory} cannot be used: ${advice}.`, {
    cause: error,
    context: { directory },
  })
}

export function vanished(directory: string, what = 'has vanished; it is not made anew'): StoreError {
  return new StoreError('STORE_UNAVAILABLE', `The directory ${directory} ${what}.`, { context: { directory } })
}
