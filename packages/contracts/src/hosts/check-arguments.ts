import { MAX_TIMER_MS } from '../base/option-types.ts'
import type { CaptureOptions, CreateSessionOptions, SendTextOptions } from '../contracts/session-host.ts'

const VARIABLE = /^[A-Za-z_]\w*$/
const MOST_LINES = 1_000_000
const MOST_CELLS = 10_000

const isWord = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')
const isCount = (value: unknown, most: number): boolean =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= most

/** Checks the arguments with which a command is started. @throws `TypeError` if no host can start it like this */
export function checkLaunch({ cwd, env, command, cols, rows }: Partial<CreateSessionOptions>): void {
  if (cwd !== undefined && (!isWord(cwd) || cwd === '')) throw new TypeError('cwd must be a path')
  const words: unknown = typeof command === 'string' ? [command] : (command ?? ['the shell of the host'])
  if (!Array.isArray(words) || words.length === 0 || !words.every(isWord))
    throw new TypeError('command must be a command line, or a program and its arguments, without NUL')
  for (const [name, value] of Object.entries(env ?? {}))
    if (!VARIABLE.test(name) || (value !== undefined && !isWord(value)))
      throw new TypeError(
        `env: ${JSON.stringify(name)} must be a name of letters, digits and _, with a string or undefined`,
      )
  for (const cells of [cols, rows]) if (cells !== undefined) checkCells(cells, Number.MAX_SAFE_INTEGER)
}

/** Checks the size of a terminal. @throws `TypeError` if no terminal can have it */
export function checkSize({ cols, rows }: { readonly cols: number; readonly rows: number }): void {
  for (const cells of [cols, rows]) checkCells(cells, MOST_CELLS)
}

function checkCells(cells: number, most: number): void {
  if (!isCount(cells, most)) throw new TypeError(`cols and rows must be whole numbers from 1 to ${most}`)
}

/** Checks the arguments with which a text is typed. @throws `TypeError` if no host can type it like this */
export function checkTyping(
  text: unknown,
  { submit, delayMs = 0, controls = 'strip', confirm }: SendTextOptions,
): void {
  if (typeof text !== 'string') throw new TypeError('text must be a string')
  if (!(delayMs >= 0 && delayMs <= MAX_TIMER_MS)) throw new TypeError('delayMs must be milliseconds, 0 or more')
  if (!['strip', 'refuse', 'pass'].includes(controls)) throw new TypeError('controls must be strip, refuse or pass')
  if (confirm === undefined || confirm === false) return
  if (typeof confirm !== 'object' && confirm !== true) throw new TypeError('confirm must be true, false or an object')
  if (submit !== true) throw new TypeError('confirm needs submit: true, because a text is taken when Enter is pressed')
  const { seen, timeoutMs = 1 } = confirm === true ? {} : confirm
  if (seen !== undefined && typeof seen !== 'function') throw new TypeError('confirm.seen must be a function')
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS))
    throw new TypeError('confirm.timeoutMs must be milliseconds above 0')
}

/** Checks the options with which a screen is read. @throws `TypeError` if no host can read it like this */
export function checkCapture({ history = 0, maxBytes = 1 }: CaptureOptions): void {
  if (history !== 'all' && history !== 0 && !isCount(history, MOST_LINES))
    throw new TypeError(`history must be a whole number of lines from 0 to ${MOST_LINES}, or "all"`)
  if (!isCount(maxBytes, Number.MAX_SAFE_INTEGER))
    throw new TypeError('maxBytes must be a whole number of bytes above 0')
}
