import type { MiddlewareHandler } from 'hono'
import { httpError } from '../errors.ts'

/**
 * Reads the body of a request before anything else does, up to a limit. So a client that leaves, or a gateway that has read the
 * body already, is an error of the request, and not of a route.
 * @throws `BODY_TOO_LARGE`, `REQUEST_INVALID`
 */
export function createBodyReader(maxBodyBytes: number): MiddlewareHandler {
  return async (context, next) => {
    const { raw } = context.req
    // A gateway in Hono that has read the body keeps it for the routes below.
    if (!raw.body || raw.bodyUsed) return await next()
    const length = Number(raw.headers.get('content-length') ?? 0)
    const body = length > maxBodyBytes ? undefined : await read(raw.body, maxBodyBytes)
    if (body === undefined) throw httpError('BODY_TOO_LARGE', `A body may have at most ${maxBodyBytes} bytes.`)
    if (body.length === 0 && length > 0)
      throw httpError('REQUEST_INVALID', 'The gateway has read the body itself. Mount this app before body parsers.')
    context.req.raw = new Request(raw, { body })
    await next()
  }
}

/** Reads a body; undefined if it has more bytes. */
async function read(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      size += value?.length ?? 0
      if (size > most) return undefined
      if (value) parts.push(value)
    }
  } catch {
    throw httpError('REQUEST_INVALID', 'The body did not arrive.')
  }
  return Buffer.concat(parts)
}
