import { lstat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { directoryOfPool } from '@sessionkeep/disk'
import * as z from 'zod'
import type { Call, Flag } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { placesOf } from '../stores/places.ts'
import { poolIdOf } from '../stores/store-choice.ts'
import { plain } from '../text/plain.ts'
import { type Gateway, gatewayAt } from './client.ts'

/** The name of the socket of a gateway, beside the lock of its store. */
const SOCKET = 'sessionkeep.sock'

/** Options of every command that talks to a gateway. */
export const gatewayFlags: readonly Flag[] = [
  {
    flags: '--socket <path>',
    description: `the socket of the gateway; by default SESSIONKEEP_SOCKET, or ${SOCKET} beside the records`,
  },
  { flags: '--url <url>', description: 'the gateway by HTTP; its token is read from SESSIONKEEP_TOKEN' },
]

export const gatewayInput = { socket: z.string().optional(), url: z.url({ protocol: /^https?$/ }).optional() }

/** The input of the options above. */
export interface GatewayInput {
  readonly socket?: string | undefined
  readonly url?: string | undefined
  readonly config?: string | undefined
  readonly poolId?: string | undefined
  readonly timeout: number
}

/**
 * Finds the gateway that the options name, or else the gateway of the selected store. Returns undefined if none runs.
 * If a named gateway does not answer, that is an error.
 *
 * @throws `CLI_NO_GATEWAY`, `CLI_GATEWAY_ANSWER`
 */
export async function findGateway({ input, io }: Call<GatewayInput>): Promise<Gateway | undefined> {
  const shared = { timeoutMs: input.timeout, signal: io.signal }
  if (input.url !== undefined) {
    const url = new URL(input.url)
    if (url.username !== '' || url.password !== '' || url.searchParams.size > 0) {
      throw new CliError(
        'CLI_SECRET_IN_ARGUMENT',
        'A URL must have no login and no parameters; put the token into SESSIONKEEP_TOKEN.',
      )
    }
    return gatewayAt({ ...shared, label: url.href, url, token: io.env.SESSIONKEEP_TOKEN || undefined })
  }
  const named = input.socket ?? (io.env.SESSIONKEEP_SOCKET || undefined)
  if (named !== undefined) {
    const socketPath = resolve(io.cwd, named)
    const gateway = gatewayAt({ ...shared, label: socketPath, socketPath })
    await gateway.call('GET', '/livez', z.looseObject({}))
    return gateway
  }
  const poolId = await poolIdOf(io, input)
  for (const socketPath of await likelySockets(io, input.config, poolId)) {
    if (!(await isOwnSocket(socketPath))) continue
    const gateway = gatewayAt({ ...shared, label: socketPath, socketPath })
    try {
      if (await isOf(gateway, poolId)) return gateway
      io.err(
        `warning: The gateway at ${plain(socketPath)} is not of the pool ${plain(poolId ?? '')}, so it is not asked.\n`,
      )
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return undefined
}

/** Whether the gateway answers, and its pool is the one for which the command was called. */
async function isOf(gateway: Gateway, poolId: string | undefined): Promise<boolean> {
  // `@` begins the namespace of a pool without an id. No gateway has such an id, so it cannot be compared.
  if (poolId === undefined || poolId.startsWith('@')) {
    await gateway.call('GET', '/livez', z.looseObject({}))
    return true
  }
  const { pool } = await gateway.call('GET', '/status', z.looseObject({ pool: z.string().optional() }))
  return pool === undefined || pool === poolId
}

/** The gateway, for commands that need one. @throws `CLI_NO_GATEWAY` */
export async function needGateway(call: Call<GatewayInput>): Promise<Gateway> {
  const found = await findGateway(call)
  if (found) return found
  throw new CliError('CLI_NO_GATEWAY', 'No gateway runs here, or it serves no socket beside its records.')
}

/** Whether nobody listens at the socket, because its gateway was killed. */
function isGone(error: unknown): boolean {
  const connect = error instanceof CliError ? error.context.connect : undefined
  return connect === 'ECONNREFUSED' || connect === 'ENOENT'
}

/** The sockets of a gateway with this configuration: beside the files of its stores. */
async function likelySockets(io: Io, config: string | undefined, poolId: string | undefined): Promise<string[]> {
  const { directory, file } = await placesOf(io, config)
  const ofFiles = directory === undefined ? [] : [directoryOfPool(directory, poolId), directory]
  const directories = new Set([...ofFiles, ...(file === undefined ? [] : [dirname(file)])])
  return [...directories].map((each) => join(each, SOCKET))
}

/** Whether there is a socket at the path that only this user or root can have put there. */
async function isOwnSocket(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isSocket() === true && (found.uid === process.getuid?.() || found.uid === 0)
}
