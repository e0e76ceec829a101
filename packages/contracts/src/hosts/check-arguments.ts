import { MAX_TIMER_MS } from '../base/option-types.ts'
import { holdsOptions, kindOf } from '../base/plain-object.ts'
import { shownKey, unknownKey } from '../base/unknown-key.ts'
import type {
  CaptureOptions,
  CreateSessionOptions,
  OutputOptions,
  RespawnOptions,
  SendKeysOptions,
  SendTextOptions,
} from '../contracts/session-host.ts'
import { ConfigError } from '../errors/config-error.ts'

const VARIABLE = /^[A-Za-z_]\w*$/
const MOST_LINES = 1_000_000
const MOST_CELLS = 10_000

const LAUNCHING = ['cwd', 'env', 'command']
const CREATING = ['workspace', 'pool', 'createdAt', 'resumes', 'cols', 'rows', ...LAUNCHING]
const RESPAWNING = ['signal', ...LAUNCHING]
const TYPING = ['submit', 'delayMs', 'controls', 'clearFirst', 'confirm', 'signal']
const PRESSING = ['signal']
const CONFIRMING = ['seen', 'timeoutMs']
const CAPTURING = ['history', 'join', 'escapes', 'maxBytes']
const READING = ['signal', 'maxBytes']

const isWord = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')
// Lists are searched with findIndex(): unlike some() and every(), it looks at their holes too.
const isNoWord = (value: unknown): boolean => !isWord(value)
const isCount = (value: unknown, most: number): boolean =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= most
const isMs = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_TIMER_MS

/**
 * Checks that options are an object without any others than the known ones. A schema would do the same, but more slowly than a
 * call for each request may be. @throws `ConfigError` with `CONFIG_INVALID`
 */
export function checkKnown(subject: string, options: unknown, known: readonly string[]): void {
  const refused = (fault: string) => new ConfigError('CONFIG_INVALID', `${subject} cannot use these options: ${fault}`)
  if (!holdsOptions(options)) throw refused(`expected an object, and not ${kindOf(options)}`)
  const wrong = Object.keys(options).find((key) => !known.includes(key))
  if (wrong !== undefined) throw refused(`${shownKey(wrong)} ${unknownKey(wrong, known)}`)
}

function checkFlags(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags))
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
}

/**
 * Checks the arguments with which a command is started. Every host should check them alike, so that a gateway that passes its
 * tests on a host in memory runs on any other.
 *
 * @param verb - The name of the method, for the message.
 * @throws `ConfigError` with `CONFIG_INVALID` for an option that the method does not have, `TypeError` if no host can start it
 * like this
 */
export function checkLaunch(verb: 'create' | 'respawn', options: Partial<CreateSessionOptions & RespawnOptions>): void {
  checkKnown(`${verb}()`, options, verb === 'create' ? CREATING : RESPAWNING)
  const { cwd, env, command, cols, rows, signal } = options
  if (cwd !== undefined && (!isWord(cwd) || cwd === '')) throw new TypeError('cwd must be a path')
  const words: unknown =
    typeof command === 'string' ? [command] : command === undefined ? ['the shell of the host'] : command
  if (!Array.isArray(words) || words.length === 0 || words.findIndex(isNoWord) >= 0)
    throw new TypeError('command must be a command line, or a program and its arguments, without NUL')
  // A map has no keys, so that the command would start without its variables.
  if ((env ?? undefined) !== undefined && !holdsOptions(env))
    throw new TypeError(`env must be an object of strings, and not ${kindOf(env)}`)
  for (const [name, value] of Object.entries(env ?? {}))
    if (!VARIABLE.test(name) || (value !== undefined && !isWord(value)))
      throw new TypeError(
        `env: ${shownKey(name)} must be a name of letters, digits and _, with a string without NUL, or undefined to remove it`,
      )
  for (const cells of [cols, rows]) if (cells !== undefined) checkCells(cells)
  checkSignal(signal)
}

/** Checks the size of a terminal. @throws `TypeError` if no terminal can have it */
export function checkSize(size: { readonly cols: number; readonly rows: number }): void {
  if (typeof size !== 'object' || size === null) throw new TypeError('the size must be an object with cols and rows')
  for (const cells of [size.cols, size.rows]) checkCells(cells)
}

function checkCells(cells: number): void {
  if (!isCount(cells, MOST_CELLS)) throw new TypeError(`cols and rows must be whole numbers from 1 to ${MOST_CELLS}`)
}

/**
 * Checks the arguments with which a text is typed.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for an option that `sendText()` does not have, `TypeError` if no host can type the
 * text like this
 */
export function checkTyping(text: unknown, options: SendTextOptions): void {
  if (typeof text !== 'string') throw new TypeError('text must be a string')
  checkKnown('sendText()', options, TYPING)
  const { submit, delayMs = 0, controls = 'strip', clearFirst, confirm, signal } = options
  checkFlags({ submit, clearFirst })
  checkSignal(signal)
  if (!isMs(delayMs)) throw new TypeError('delayMs must be milliseconds, 0 or more')
  if (!['strip', 'refuse', 'pass'].includes(controls)) throw new TypeError('controls must be strip, refuse or pass')
  if (confirm === undefined || confirm === false) return
  if (confirm !== true && (typeof confirm !== 'object' || confirm === null))
    throw new TypeError('confirm must be true, false or an object')
  if (submit !== true) throw new TypeError('confirm needs submit: true, because a text is taken when Enter is pressed')
  if (confirm === true) return
  checkKnown('confirm of sendText()', confirm, CONFIRMING)
  const { seen, timeoutMs = 1 } = confirm
  if (seen !== undefined && typeof seen !== 'function') throw new TypeError('confirm.seen must be a function')
  if (!isMs(timeoutMs) || timeoutMs === 0) throw new TypeError('confirm.timeoutMs must be milliseconds above 0')
}

/**
 * Checks the arguments with which keys are pressed. Which keys there are, each host decides.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for an option that `sendKeys()` does not have, `TypeError` if the keys are no list
 * of strings, or for a wrong signal
 */
export function checkKeys(keys: readonly string[], options: SendKeysOptions = {}): void {
  checkKnown('sendKeys()', options, PRESSING)
  checkSignal(options.signal)
  if (!Array.isArray(keys) || keys.length === 0 || keys.findIndex((key) => typeof key !== 'string') >= 0)
    throw new TypeError('keys must be a list of at least one key, each a string such as C-c, Enter or x')
}

/**
 * Checks the options with which a screen is read.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for an option that `capture()` does not have, `TypeError` if no host can read it
 * like this
 */
export function checkCapture(options: CaptureOptions): void {
  checkKnown('capture()', options, CAPTURING)
  const { history = 0, maxBytes = 1, join, escapes } = options
  if (history !== 'all' && history !== 0 && !isCount(history, MOST_LINES))
    throw new TypeError(`history must be a whole number of lines from 0 to ${MOST_LINES}, or "all"`)
  checkFlags({ join, escapes })
  checkMaxBytes(maxBytes)
}

/**
 * Checks the options with which an output is read.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` for an option that `output()` does not have, `TypeError` for a wrong value
 */
export function checkOutput(options: OutputOptions): void {
  checkKnown('output()', options, READING)
  const { signal, maxBytes = 1 } = options
  checkSignal(signal)
  checkMaxBytes(maxBytes)
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw new TypeError('signal must be an AbortSignal')
}

function checkMaxBytes(maxBytes: number): void {
  if (!isCount(maxBytes, Number.MAX_SAFE_INTEGER))
    throw new TypeError('maxBytes must be a whole number of bytes above 0')
}
