import { codeOf, messageOf } from './code-of.ts'
import { HostError } from './host-error.ts'
import { PoolError } from './pool-error.ts'

/** The codes of Node and of the operating system, such as `ECONNREFUSED`. No caller branches on them, and their errors may have logins. */
const OF_SYSTEM = /^(?:E[A-Z\d]+|ERR_\w+)$/

/** Whether a value is an error. Nothing can be asked of a proxy that was revoked. */
function isError(value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/**
 * Converts an error of the host to a `PoolError` when the pool has a code for it, and to `HOST_REFUSED` when it has no code, or only
 * one of the system. Other coded errors, and a `TypeError`, which blames the caller, are returned unchanged.
 */
export function hostFailure(error: unknown, workspace: string): unknown {
  const message = messageOf(error)
  const options = { cause: error, context: { workspace } }
  const code = codeOf(error)
  switch (code) {
    case 'HOST_UNAVAILABLE':
      return new PoolError('HOST_UNAVAILABLE', message, options)
    case 'HOST_INVALID_NAME':
      return new PoolError(
        'INVALID_WORKSPACE',
        `Workspace ${JSON.stringify(workspace)} has no valid session name: ${message}`,
        options,
      )
    case 'SESSION_GONE':
      return new PoolError(
        'SESSION_GONE',
        `The session of ${workspace} has ended; ask for it again to get a new one.`,
        options,
      )
    default:
      if (isError(error) && (error instanceof TypeError || (code !== undefined && !OF_SYSTEM.test(code)))) return error
      return new HostError('HOST_REFUSED', `The host failed: ${message}`, options)
  }
}
