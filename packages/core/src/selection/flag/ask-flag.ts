import * as z from 'zod'
import { withoutCredentials } from '../../base/redact.ts'
import type { FlagDetails, FlagOptions } from '../../contracts/flag-client.ts'
import type { LayerValue } from '../selection.ts'

/** What a flag says, or why it says nothing that can be used. */
export type FlagAnswer =
  | { readonly state: 'set'; readonly value: LayerValue }
  /** `isPending`: nothing is wrong, the provider has not begun yet. */
  | { readonly state: 'unset' | 'invalid' | 'unanswered'; readonly detail: string; readonly isPending?: boolean }

const name = z.string().trim().min(1)
const flagValue = z.union([
  name.transform((store) => ({ store })),
  z.strictObject({ store: name, mirror: z.array(name).optional() }),
])
/** Given as the fallback, and given back where the provider has no value of its own. */
const NOTHING = ''

/** Asks once. Never rejects and never throws; what never settles is the caller's to give up. */
export async function askFlag({ client, key, context }: FlagOptions): Promise<FlagAnswer> {
  try {
    const details = await client.getStringDetails(key, NOTHING, context)
    if (details.errorCode !== 'TYPE_MISMATCH') return answerOf(details)
    return answerOf(await client.getObjectDetails(key, {}, context))
  } catch (error) {
    return { state: 'unanswered', detail: wordsOf(error instanceof Error ? error.message : String(error)) }
  }
}

function answerOf({ value, reason, variant, errorCode, errorMessage }: FlagDetails): FlagAnswer {
  const said = wordsOf([errorCode, errorMessage].filter(Boolean).join(': '))
  if (errorCode === 'FLAG_NOT_FOUND') return { state: 'unset', detail: said }
  if (errorCode === 'TYPE_MISMATCH' || errorCode === 'PARSE_ERROR') {
    return { state: 'invalid', detail: `the flag is neither a string nor { store, mirror }: ${said}` }
  }
  if (errorCode) return { state: 'unanswered', detail: said, isPending: errorCode === 'PROVIDER_NOT_READY' }
  if (isNothing(value)) {
    return { state: 'unset', detail: `the flag has no value${reason ? ` (${wordsOf(reason)})` : ''}` }
  }
  const parsed = flagValue.safeParse(value)
  if (!parsed.success) return { state: 'invalid', detail: 'the flag is neither a string nor { store, mirror }' }
  const { store, mirror } = parsed.data as { store: string; mirror?: string[] | undefined }
  const why = [reason, variant && `variant ${variant}`].filter(Boolean).join(', ')
  return {
    state: 'set',
    value: { store, ...(mirror ? { mirror } : {}), ...(why ? { reason: wordsOf(why) } : {}) },
  }
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === NOTHING)
}

/** A provider's own words, in bounds. */
function wordsOf(text: string): string {
  return withoutCredentials(text).slice(0, 500)
}
