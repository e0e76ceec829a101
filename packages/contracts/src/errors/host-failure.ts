import { codeOf, messageOf } from './code-of.ts'
import { HostError } from './host-error.ts'
import { PoolError } from './pool-error.ts'

/**
 * Converts an error of the host to a `PoolError` when the pool has a code for it, and to `HOST_REFUSED` when it has no code at all.
 * Other coded errors, and a `TypeError`, which blames the caller, are returned unchanged.
 */
export function hostFailure(error: unknown, workspace: string): unknown {
  const message = messageOf(error)
  const options = { cause: error, context: { workspace } }
  switch (codeOf(error)) {
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
      if (error instanceof TypeError || (error instanceof Error && codeOf(error) !== undefined)) return error
      return new HostError('HOST_REFUSED', `The host failed: ${message}`, options)
  }
}
