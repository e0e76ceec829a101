import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { codeOf, messageOf } from '@sessionkeep/core/store'
import * as z from 'zod'
import { CliError } from '../errors.ts'

/** A running gateway that serves the routes of `@sessionkeep/http`. */
export interface Gateway {
  /** Where it answers, for messages. */
  readonly label: string
  /**
   * Calls a route, and checks the answer.
   *
   * @throws `CLI_GATEWAY_ANSWER` when the gateway answers with an error, whose code is in the message; `CLI_NO_GATEWAY` when
   * nothing answers
   */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, answer: z.ZodType<T>, body?: object): Promise<T>
}

/** Where a gateway is, and the token of the caller. */
export interface GatewayPlace {
  readonly label: string
  readonly socketPath?: string
  readonly url?: URL
  readonly token?: string | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The most bytes of an answer. A screen with 2000 lines of history has a few megabytes. */
const MAX_ANSWER = 64 * 1024 * 1024

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** Makes a client; it connects with the first call. */
export function gatewayAt(place: GatewayPlace): Gateway {
  return {
    label: place.label,
    async call(method, path, answer, body) {
      // In a path, `.` and `..` are resolved as steps, so the request would reach another route.
      if (/\/\.\.?([/?]|$)/.test(path))
        throw new CliError('CLI_USAGE', 'A workspace with the name . or .. has no address; use another name.')
      const { status, body: given } = await send(place, method, path, body)
      const value = parsed(given)
      if (status >= 400) throw refused(place, status, value)
      const checked = answer.safeParse(value)
      if (checked.success) return checked.data
      const message = `The answer of ${place.label} to ${method} ${path} does not have the form that this release expects: ${z.prettifyError(checked.error)}`
      throw new CliError('CLI_GATEWAY_ANSWER', message)
    },
  }
}

async function send(place: GatewayPlace, method: string, path: string, body: object | undefined) {
  const { url, socketPath, token, timeoutMs, signal } = place
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const options: RequestOptions = {
    ...(url ? addressOf(url, path) : { socketPath, path }),
    method,
    headers: {
      host: url?.host ?? 'localhost',
      ...(sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  }
  try {
    return await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = (url?.protocol === 'https:' ? httpsRequest : httpRequest)(options, (response) => {
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_ANSWER) response.destroy(new Error(`the answer has more than ${MAX_ANSWER} bytes`))
        })
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
      })
      request.on('error', reject)
      request.end(sent)
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new CliError('CLI_NO_GATEWAY', `No gateway answers at ${place.label}: ${messageOf(cause)}`, {
      cause,
      context: { connect: codeOf(cause) },
    })
  }
}

/** The address of a route below the path of the URL, so that the routes may be mounted at any path. */
function addressOf({ hostname, port, pathname }: URL, path: string): RequestOptions {
  return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port, path: `${pathname.replace(/\/$/, '')}${path}` }
}

function parsed(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body)
  } catch {
    return body
  }
}

function refused({ label }: GatewayPlace, status: number, value: unknown): CliError {
  const found = failure.safeParse(value)
  if (!found.success) return new CliError('CLI_GATEWAY_ANSWER', `${label} answered with status ${status}.`)
  const { code, message } = found.data.error
  const advice = code === 'UNAUTHORIZED' ? ' Put its token into SESSIONKEEP_TOKEN.' : ''
  return new CliError('CLI_GATEWAY_ANSWER', `${message}${advice} [${code}]`, { context: { code, status } })
}
