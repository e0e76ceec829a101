import * as z from 'zod'
import type { AnyCommand } from './command.ts'

const steps = z.array(z.strictObject({ do: z.string(), command: z.string().optional() }))

const failure = z.strictObject({
  ...{ command: z.string(), ok: z.literal(false), next_steps: steps },
  error: z.strictObject({ code: z.string(), message: z.string() }),
})

/** The schema of everything that a command prints with `--json`: its answer, or an error. */
export function answerSchema({ name, answer }: AnyCommand): z.ZodType {
  const own = { command: z.literal(name), ok: z.boolean(), next_steps: steps }
  return z.union([z.strictObject({ ...own, ...answer.shape }), failure])
}
