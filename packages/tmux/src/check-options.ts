import { checkOptions, MAX_TIMER_MS, strictOptions } from '@sessionkeep/contracts'
import * as z from 'zod'
import { clientEnvironment, type SessionEnvironment } from './environment.ts'
import type { Exec } from './exec.ts'
import { execaExec } from './execa-exec.ts'
import type { GonePattern, Prefix, TmuxHostOptions } from './options.ts'
import { type TmuxOptions, tmuxOptionFault } from './tmux-options.ts'
import type { SocketPlace } from './trusted-socket.ts'
import { isWords } from './words.ts'

/** The checked options of a host, with all defaults filled in. */
export interface Settings {
  readonly socket: readonly string[]
  readonly socketPlace: SocketPlace
  readonly prefix: Prefix
  readonly shell: boolean
  readonly exec: Exec
  /** Whether `exec` was given. */
  readonly hasOwnExec: boolean
  readonly matchesGone: (output: string) => boolean
  readonly timeoutMs: number
  readonly environment: SessionEnvironment
  readonly isRemote: boolean
  readonly configFile: string | undefined
  readonly submitDelayMs: number
  readonly stampKey: string | undefined
  readonly tmuxOptions: TmuxOptions
}

// The kernel limits a socket path, with its closing NUL, to 104 bytes on macOS and 108 on Linux.
const SOCKET_PATH_BYTES = 103
/** Programs that read keys treat an Enter that arrives within about 50 ms of a text as a part of that text. */
const SUBMIT_DELAY_MS = 150

const SOCKET_NAME = 'must be a plain name without "/"; for a path use socketPath'
const GONE = 'must be a non-empty string, a RegExp, or a list of them'

const milliseconds = (least: number) => {
  const fault = `must be a number of milliseconds from ${least} to ${MAX_TIMER_MS}`
  return z.number(fault).min(least, fault).max(MAX_TIMER_MS, fault).optional()
}
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isPattern = (value: unknown): boolean => value instanceof RegExp || (typeof value === 'string' && value !== '')

/** The options for reaching a tmux server. The host and the store share them. */
export const connectionShape = {
  socketName: z
    .string(SOCKET_NAME)
    .refine((name) => /^[^/\0]+$/.test(name) && !/^\.{1,2}$/.test(name), SOCKET_NAME)
    .optional(),
  socketPath: z
    .string('must be an absolute path')
    .refine((path) => path.startsWith('/') && !path.includes('\0'), 'must be an absolute path')
    .refine(
      (path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES,
      `is longer than ${SOCKET_PATH_BYTES} bytes, the limit for sockets; use a shorter one`,
    )
    .optional(),
  prefix: z
    .custom<Prefix>(
      (value) => isFunction(value) || isWords(value),
      'must be a list of words, as ["ssh", "host"], or a function that returns one',
    )
    .optional(),
  shell: z.boolean('must be true or false').optional(),
  exec: z.custom<Exec>(isFunction, 'must be a function (argv, options)').optional(),
  gone: z.custom<GonePattern>((value) => [value].flat().every(isPattern), GONE).optional(),
  timeoutMs: milliseconds(1),
  killGraceMs: milliseconds(0),
  submitDelayMs: milliseconds(0),
  env: z
    .custom<SessionEnvironment>(
      (value) => value === 'minimal' || value === 'inherit' || isWords(value),
      'must be "minimal", "inherit", or a list of names of variables',
    )
    .optional(),
  configFile: z
    .custom<string>(
      (value) => value !== '' && isWords([value]),
      'must be the path of a tmux configuration; /dev/null for none',
    )
    .optional(),
}

/** Yields faults of combinations: options that are each valid but cannot be used together. */
export function* connectionFaults(options: TmuxHostOptions): Iterable<[option: string, fault: string]> {
  const { socketName, socketPath, prefix = [], shell, exec } = options
  if (socketName !== undefined && socketPath !== undefined) {
    yield ['socketPath', 'give socketName or socketPath, not both']
  }
  if (shell && prefix.length === 0 && typeof prefix !== 'function' && exec === undefined) {
    yield ['shell', 'true needs a prefix (or exec) that passes a command line to a shell; add one, or omit shell']
  }
}

const stampKey = z.string('must be a text').min(16, 'must have at least 16 characters').optional()

const tmuxOptions = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional()

const hostOptions: z.ZodType<TmuxHostOptions> = strictOptions({
  ...connectionShape,
  stampKey,
  tmuxOptions,
}).superRefine((options, { addIssue }) => {
  for (const [option, message] of connectionFaults(options)) addIssue({ code: 'custom', path: [option], message })
  for (const [name, value] of Object.entries(options.tmuxOptions ?? {})) {
    const message = tmuxOptionFault(name, value)
    if (message !== undefined) addIssue({ code: 'custom', path: ['tmuxOptions', name], message })
  }
})

/**
 * Checks the options of `tmuxHost()`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID`; the message names each wrong option and what to give instead
 */
export function hostSettings(options: TmuxHostOptions): Settings {
  return settingsOf(checkOptions('tmuxHost()', hostOptions, options))
}

/** Fills in the defaults of options that were checked already. */
export function settingsOf(options: TmuxHostOptions): Settings {
  const { socketName, socketPath, prefix = [], shell = false, exec, gone, env = 'minimal', configFile } = options
  const { stampKey, tmuxOptions = {}, timeoutMs = 5000, killGraceMs = 1000, submitDelayMs = SUBMIT_DELAY_MS } = options
  const isRemote = typeof prefix === 'function' || prefix.length > 0 || exec !== undefined
  const named = socketName === undefined ? [] : ['-L', socketName]
  return {
    environment: env,
    hasOwnExec: exec !== undefined,
    isRemote,
    configFile,
    submitDelayMs,
    stampKey,
    tmuxOptions,
    socket: socketPath === undefined ? named : ['-S', socketPath],
    socketPlace: { path: socketPath, name: socketName },
    prefix,
    shell,
    exec: exec ?? execaExec(killGraceMs, () => clientEnvironment(process.env, env, isRemote)),
    matchesGone: matcherOf(gone),
    timeoutMs,
  }
}

function matcherOf(gone: GonePattern | undefined): (output: string) => boolean {
  const patterns = gone === undefined ? [] : [gone].flat()
  const tests = patterns.map((pattern) => {
    if (typeof pattern === 'string') return (output: string) => output.includes(pattern)
    // With the flag g or y, a RegExp starts its next search where the last match ended.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    return (output: string) => stateless.test(output)
  })
  return (output) => tests.some((test) => test(output))
}
