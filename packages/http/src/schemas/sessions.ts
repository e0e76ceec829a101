import { z } from '@hono/zod-openapi'
import { flag, ms, time } from './common.ts'

/** Any object. `z.record` would leave out a key with the name `__proto__`. */
const attributes = z
  .custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'Invalid input: expected an object',
  })
  .openapi({ type: 'object', additionalProperties: {} })
const command = z.union([z.string().max(32_768), z.array(z.string().max(32_768)).min(1).max(1000)])
const columns = z.int().min(1).max(1000)

const causes = z.enum(['exited', 'killed', 'server', 'boot', 'deleted', 'terminated', 'idle', 'replaced'])

const ended = z
  .object({
    at: time,
    cause: z.string(),
    exitCode: z.number().optional(),
    signal: z.number().optional(),
    interrupted: z.boolean().optional(),
    screen: z.string().optional().openapi({ description: 'The last lines of the screen, as text.' }),
  })
  .openapi('Ended')

const known = {
  workspace: z.string(),
  sessionName: z.string(),
  createdAt: time,
  lastActivityAt: time,
  totalRequests: z.number(),
  status: z.enum(['active', 'idle', 'draining']),
  incarnation: z.string().optional(),
  attributes: attributes
    .optional()
    .openapi({ description: 'What sounds like a secret is masked, and a text of more than 4,000 characters is cut.' }),
  generation: z.number().optional(),
  startedAt: time.optional(),
  place: z
    .object({ cwd: z.string().optional(), command: z.union([z.string(), z.array(z.string())]).optional() })
    .optional(),
  tries: z
    .object({
      count: z.number(),
      lastAt: time,
      nextAt: time,
      error: z.string().optional(),
      parked: z.boolean().optional(),
    })
    .optional(),
}

/** A living session. */
export const sessionBody = z
  .object({
    ...known,
    activeRequests: z.number(),
    saved: z.boolean().openapi({ description: 'Whether a store has acknowledged its latest state.' }),
    verified: z.boolean().openapi({ description: 'Whether every store has answered for it.' }),
    origin: z.enum(['created', 'stored', 'stamp', 'host', 'now']),
    takenIn: z.boolean().optional(),
    attached: z.boolean().optional().openapi({ description: 'Whether a terminal of a person is attached.' }),
    foreground: z.string().optional().openapi({ description: 'The program that has the terminal.' }),
    pid: z.number().optional(),
    previous: ended.omit({ screen: true }).optional(),
  })
  .openapi('Session')

/** A session that has ended. */
export const endedBody = z
  .object({ ...known, ended: ended.optional(), expiresAt: time.optional() })
  .openapi('EndedSession')

export const sessionList = z.object({ sessions: z.array(sessionBody) }).openapi('Sessions')
export const endedList = z.object({ sessions: z.array(endedBody) }).openapi('EndedSessions')

const launch = {
  cwd: z.string().min(1).max(4096).optional(),
  command: command.optional(),
  cols: columns.optional(),
  rows: columns.optional(),
}

export const launchRequest = z.strictObject(launch).openapi('Launch')
export const createRequest = z
  .strictObject({
    workspace: z.string().min(1).max(4096),
    ...launch,
    attributes: attributes.optional(),
    resume: z.boolean().optional(),
  })
  .openapi('CreateSession')
export const createAnswer = z
  .object({ session: sessionBody, created: z.boolean(), resumed: z.boolean() })
  .openapi('ReadySession')

export const textRequest = z
  .strictObject({
    text: z.string(),
    submit: z.boolean().optional(),
    controls: z.enum(['strip', 'refuse', 'pass']).optional(),
    delayMs: z.number().min(0).max(60_000).optional(),
    clearFirst: z.boolean().optional(),
  })
  .openapi('Text')
export const textAnswer = z.object({ submitted: z.boolean(), foundUnsubmitted: z.boolean() }).openapi('Typed')
export const keysRequest = z.strictObject({ keys: z.array(z.string().min(1).max(64)).min(1).max(1000) }).openapi('Keys')
export const interruptRequest = z
  .strictObject({ keys: z.array(z.string().min(1).max(64)).max(100).optional() })
  .openapi('Interrupt')
export const interruptAnswer = z.object({ interrupted: z.boolean() }).openapi('Interrupted')
export const sizeRequest = z.strictObject({ cols: columns, rows: columns }).openapi('Size')
export const drainingRequest = z.strictObject({ draining: z.boolean() }).openapi('Draining')
export const savedAnswer = z
  .object({ revision: z.number(), durability: z.string(), stores: z.array(z.string()) })
  .openapi('Saved')
export const attachAnswer = z.object({ command: z.array(z.string()) }).openapi('Attach')
export const screenAnswer = z.object({ screen: z.string() }).openapi('Screen')

const count = z.coerce.number().int().min(0)
export const screenQuery = z.strictObject({
  history: z.union([z.literal('all'), count.max(1_000_000)]).optional(),
  join: flag.optional(),
  escapes: flag.optional(),
  maxBytes: count.min(1).max(16_777_216).optional(),
})
export const deleteQuery = z.strictObject({ force: flag.optional(), waitMs: count.max(600_000).optional() })
const causeList = z
  .string()
  .max(200)
  .transform((text) => text.split(',').filter(Boolean))
  .pipe(z.array(causes))
export const endedQuery = z.strictObject({
  causes: causeList.optional(),
  since: z.coerce.number().optional(),
  limit: count.max(100_000).optional(),
})
export const forgetRequest = z
  .strictObject({ workspace: z.string().optional(), before: time.optional(), causes: z.array(causes).optional() })
  .openapi('Forget')
export const forgetAnswer = z.object({ forgotten: z.array(z.string()) }).openapi('Forgotten')

export const planQuery = z.strictObject({ workspaces: z.string().max(10_000).optional(), causes: causeList.optional() })
export const resumeRequest = z
  .strictObject({ workspaces: z.array(z.string()).optional(), causes: z.array(causes).optional() })
  .openapi('ResumeFilter')
const step = z
  .object({
    workspace: z.string(),
    generation: z.number(),
    cause: z.string(),
    endedAt: time.optional(),
    exitCode: z.number().optional(),
    signal: z.number().optional(),
    lastActivityAt: time,
    totalRequests: z.number(),
    interrupted: z.boolean().optional(),
    tries: z.number().optional(),
    nextAt: time.optional(),
    why: z.string().optional(),
    detail: z.string().optional(),
    error: z.unknown().optional(),
  })
  .openapi('ResumeStep')
export const planAnswer = z
  .object({
    host: z.enum(['listed', 'unavailable']),
    stores: z.array(z.object({ store: z.string(), state: z.string() })),
    resume: z.array(step),
    offered: z.array(step),
    blocked: z.array(step),
  })
  .openapi('ResumePlan')
export const resumeAnswer = z
  .object({ resumed: z.array(step), failed: z.array(step), skipped: z.array(step), ms })
  .openapi('ResumeReport')
