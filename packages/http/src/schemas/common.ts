import { z } from '@hono/zod-openapi'

/** The body of every answer to a request that could not be carried out. */
export const errorBody = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: 'Stable across releases.', example: 'SESSION_NOT_FOUND' }),
      message: z.string().openapi({ description: 'What is wrong and what to do; for people.' }),
      retryable: z.boolean().openapi({ description: 'Whether the same request may succeed later.' }),
      context: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .openapi('Error')

const answers = {
  400: 'The request is wrong; the message names the field.',
  401: 'The token is missing or wrong.',
  403: 'The host, the origin or a change is not allowed.',
  404: 'There is no such session or route.',
  409: 'The state of the session, the host or a store does not allow it.',
  410: 'The session has ended.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The session did not become ready.',
  429: 'A limit is reached.',
  503: 'The host or a store does not answer, or the pool has stopped.',
} as const

type ErrorStatus = keyof typeof answers

/** The answers of a route to requests that it cannot carry out, for the OpenAPI document. */
export const failures = Object.fromEntries(
  Object.entries(answers).map(([status, description]) => [
    status,
    { description, content: { 'application/json': { schema: errorBody } } },
  ]),
) as Record<ErrorStatus, { description: string; content: { 'application/json': { schema: typeof errorBody } } }>

/** An answer with a JSON body. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A required JSON body. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})

/** A JSON body that may be left out. */
export const optionalBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: false,
  content: { 'application/json': { schema } },
})

/** The path parameter of the routes of one session. */
export const ofWorkspace = z.object({
  workspace: z
    .string()
    .min(1)
    .max(4096)
    .openapi({ param: { name: 'workspace', in: 'path' }, example: 'docs' }),
})

export const time = z.number().openapi({ description: 'ms since the epoch' })
export const ms = z.number().openapi({ description: 'ms' })
/** `true` or `false` in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
/** A list in a query, separated by commas. */
export const list = z
  .string()
  .max(10_000)
  .transform((text) => text.split(',').filter(Boolean))
