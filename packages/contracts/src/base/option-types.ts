import * as z from 'zod'
import { holdsOptions, kindOf } from './plain-object.ts'
import { isWellFormed } from './text.ts'

/** The longest time that a timer of Node can wait, ms. A longer timer would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1

/** A duration in ms with a default. */
export const ms = (fallback: number, least = 1) => z.number().min(least).max(MAX_TIMER_MS).default(fallback)

/** A time-out in ms without a default. */
export const timeout = z
  .number('must be a number of milliseconds')
  .positive('must be above 0')
  .max(MAX_TIMER_MS, `must be at most ${MAX_TIMER_MS}`)

/** Any object. */
export const object = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object')

/** An object whose keys are options. A promise or a map is refused: it has no keys, so every option would be its default. */
export const optionsObject = z.custom<object>(holdsOptions, {
  error: ({ input }) => `must be an object of options, and is ${kindOf(input)}`,
})

/** An object that has these methods, whatever made it. */
export const objectWithMethods = (...methods: string[]) =>
  z.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
    `must be an object with the methods ${methods.join(', ')}`,
  )

/** A {@link Logger}. */
export const loggerType = objectWithMethods('debug', 'info', 'warn', 'error')

/** The id of a pool. It is stored in records and stamps, so it must survive UTF-8. */
export const poolIdType = z
  .string()
  .min(1)
  .max(200)
  .refine((id) => isWellFormed(id) && !id.includes('\0'), 'must be well-formed Unicode without NUL')

/** An `AbortSignal`. */
export const abortSignal = z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal')
