import { atMost } from '../base/timeout.ts'
import type { HostSession } from '../contracts/session-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { PoolCore } from '../sessions/pool-core.ts'

/** The most that a host may take to list its sessions, ms; hosts have a shorter deadline of their own. */
const LIST_DEADLINE_MS = 30_000

/** Every session of the host, or why it could not say; tells when it stops and starts being able to. */
export async function askHost(core: PoolCore): Promise<HostSession[] | PoolError> {
  const { host } = core.options
  try {
    // Opened before it is first asked; one that cannot be opened is asked again another time.
    core.hostOpened ??= Promise.resolve(host.open?.()).catch((error: unknown) => {
      core.hostOpened = undefined
      throw error
    })
    const answer = await atMost(
      LIST_DEADLINE_MS,
      core.hostOpened.then(() => host.list()).then((live) => ({ live })),
    )
    if (!answer) throw new Error(`no answer within ${LIST_DEADLINE_MS} ms`)
    const { live } = answer
    if (!Array.isArray(live)) throw new TypeError('list() gave no list')
    if (core.hostState.state === 'unavailable') core.events.emit('host:available', { host: host.name })
    core.hostState = { state: 'available', reason: undefined }
    core.hostListed = true
    return live
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const error = new PoolError('HOST_UNAVAILABLE', `${host.name} cannot say which sessions live: ${message}`, {
      cause,
    })
    if (core.hostState.state !== 'unavailable') {
      const fields = { host: host.name, code: error.code, err: cause }
      core.logger.warn(fields, 'Host unavailable - sessions are left as they are')
      core.events.emit('host:unavailable', { host: host.name, error })
    }
    core.hostState = { state: 'unavailable', reason: message }
    return error
  }
}
