import * as z from 'zod'
import type { Call, Flag } from '../command.ts'
import type { Opening } from '../stores/open.ts'
import { poolIdOf, STORE_NOTATION } from '../stores/store-choice.ts'

/** Options of every command that opens stores. */
export const openingFlags: readonly Flag[] = [
  { flags: '--config <file>', description: 'the configuration file; by default the one of the working directory' },
  {
    flags: '--pool-id <id>',
    description: 'whose records; by default those of the configuration or SESSIONKEEP_POOL_ID',
  },
  { flags: '--timeout <ms>', description: 'how long opening a store, and each call of it, may take, ms (30000)' },
]

/** The option that names another store than the selected one. */
export const storeFlag: Flag = {
  flags: '--store <store>',
  description: `the store instead of the selected one: ${STORE_NOTATION}`,
}

export const fromTo: readonly Flag[] = [
  { flags: '--from <store>', description: `the store to read: ${STORE_NOTATION}`, isRequired: true },
  { flags: '--to <store>', description: 'the other store, written in the same ways', isRequired: true },
]

export const dryRun: Flag = { flags: '--dry-run', description: 'says what would be done, and writes nothing' }

/** A number in an option. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}

export const openingInput = {
  config: z.string().optional(),
  poolId: z.string().min(1, 'must not be empty').optional(),
  timeout: wholeNumber(1, 3_600_000).default(30_000),
}

/** The input of the options above. */
export interface OpeningInput {
  readonly config?: string | undefined
  readonly poolId?: string | undefined
  readonly timeout: number
}

/** What opening a store needs, from the options of the call, the environment and the configuration. */
export async function openingOf({ input, io, logger }: Call<OpeningInput>): Promise<Opening> {
  return { io, logger, poolId: await poolIdOf(io, input), timeoutMs: input.timeout }
}

/** A number with its word: `1 record`, `3 records`. */
export function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
