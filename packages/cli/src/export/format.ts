import * as z from 'zod'

/** The version of the format of an export that this release writes, and the only one that it reads. */
export const FORMAT = 1

/** The first line of an export. */
export const header = z.strictObject({
  sessionkeep: z.literal('export'),
  format: z.literal(FORMAT),
  /** The store that the records were read from. */
  store: z.string(),
  poolId: z.string().optional(),
  /** When the export began, ms since the epoch. */
  at: z.number(),
})

/** Each line between the first and the last one: a record under its name. */
export const line = z.strictObject({ name: z.string().min(1), record: z.unknown() })

/** The last line. The digest is of all lines before it, with their line breaks. */
export const trailer = z.strictObject({
  sessionkeep: z.literal('end'),
  count: z.int().nonnegative(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})
