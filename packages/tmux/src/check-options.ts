import { ConfigError } from '@sessionkeep/core'
import { clientEnvironment, type SessionEnvironment } from './environment.ts'
import type { Exec } from './exec.ts'
import { execaExec } from './execa-exec.ts'
import type { GonePattern, Prefix, TmuxHostOptions } from './options.ts'
import { isWords } from './words.ts'

export interface Settings {
  readonly socket: readonly string[]
  readonly prefix: Prefix
  readonly shell: boolean
  readonly exec: Exec
  readonly saysGone: (output: string) => boolean
  readonly timeoutMs: number
  readonly environment: SessionEnvironment
  readonly isElsewhere: boolean
  readonly configFile: string | undefined
  readonly submitDelayMs: number
}

// The kernel's limit for a socket path is 104 bytes with its NUL on macOS, 108 on Linux.
const SOCKET_PATH_BYTES = 103
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Programs that read keys take an Enter that comes within some 50 ms of a text for a part of it. */
const SUBMIT_DELAY_MS = 150
const KNOWN = [
  'socketName',
  'socketPath',
  'prefix',
  'shell',
  'exec',
  'gone',
  'timeoutMs',
  'killGraceMs',
  'env',
  'configFile',
  'submitDelayMs',
]

type Invalid = (option: string, advice: string) => never

function checkSocket({ socketName, socketPath }: TmuxHostOptions, invalid: Invalid): string[] {
  if (socketName !== undefined && socketPath !== undefined) {
    invalid('socketPath', 'give socketName or socketPath, not both')
  }
  if (socketName !== undefined) {
    if (typeof socketName !== 'string' || !/^[^/\0]+$/.test(socketName) || /^\.{1,2}$/.test(socketName)) {
      invalid('socketName', 'socketName must be a plain name without "/"; for a path use socketPath')
    }
    return ['-L', socketName]
  }
  if (socketPath === undefined) return []
  if (typeof socketPath !== 'string' || !socketPath.startsWith('/') || socketPath.includes('\0')) {
    invalid('socketPath', 'socketPath must be an absolute path')
  }
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES) {
    invalid(
      'socketPath',
      `socketPath is longer than ${SOCKET_PATH_BYTES} bytes, the limit for sockets; use a shorter one`,
    )
  }
  return ['-S', socketPath]
}

function checkGone(gone: GonePattern | undefined, invalid: Invalid): (output: string) => boolean {
  const patterns = gone === undefined ? [] : [gone].flat()
  const tests = patterns.map((pattern) => {
    if (typeof pattern === 'string' && pattern !== '') return (output: string) => output.includes(pattern)
    if (!(pattern instanceof RegExp))
      return invalid('gone', 'gone must be a non-empty string, a RegExp, or a list of them')
    // With g or y a RegExp remembers where its last match ended.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    return (output: string) => stateless.test(output)
  })
  return (output) => tests.some((test) => test(output))
}

function checkMilliseconds(option: string, value: unknown, least: number, invalid: Invalid): number {
  if (typeof value === 'number' && value >= least && value <= LONGEST_TIMER_MS) return value
  return invalid(option, `${option} must be a number of milliseconds from ${least} to ${LONGEST_TIMER_MS}`)
}

/** Throws `ConfigError` `CONFIG_INVALID` that says which option is wrong and what to give instead; `others` are checked elsewhere. */
export function checkOptions(options: TmuxHostOptions, subject = 'tmuxHost', others: readonly string[] = []): Settings {
  const invalid: Invalid = (option, advice) => {
    throw new ConfigError('CONFIG_INVALID', `${subject}: ${advice}`, { context: { option } })
  }
  if (typeof options !== 'object' || options === null) invalid('options', 'options must be an object')
  const known = [...KNOWN, ...others]
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) invalid(option, `unknown option "${option}"; there are ${known.join(', ')}`)
  }
  const { prefix = [], shell = false, exec, gone, timeoutMs = 5000, killGraceMs = 1000 } = options
  if (typeof prefix !== 'function' && !isWords(prefix)) {
    invalid('prefix', 'prefix must be a list of words, as ["ssh", "host"], or a function that returns one')
  }
  if (typeof shell !== 'boolean') invalid('shell', 'shell must be true or false')
  if (exec !== undefined && typeof exec !== 'function') invalid('exec', 'exec must be a function (argv, options)')
  if (shell && prefix.length === 0 && typeof prefix !== 'function' && exec === undefined) {
    invalid(
      'shell',
      'shell: true is for a prefix (or exec) that hands a command line to a shell; give one, or leave shell out',
    )
  }
  const { env = 'minimal', configFile, submitDelayMs = SUBMIT_DELAY_MS } = options
  if (env !== 'minimal' && env !== 'inherit' && !isWords(env)) {
    invalid('env', 'env must be "minimal", "inherit", or a list of names of variables')
  }
  if (configFile !== undefined && (!isWords([configFile]) || configFile === '')) {
    invalid('configFile', 'configFile must be the path of a tmux configuration; /dev/null for none')
  }
  const isElsewhere = typeof prefix === 'function' || prefix.length > 0 || exec !== undefined
  return {
    environment: env,
    isElsewhere,
    configFile,
    submitDelayMs: checkMilliseconds('submitDelayMs', submitDelayMs, 0, invalid),
    socket: checkSocket(options, invalid),
    prefix,
    shell,
    exec:
      exec ??
      execaExec(checkMilliseconds('killGraceMs', killGraceMs, 0, invalid), () =>
        clientEnvironment(process.env, env, isElsewhere),
      ),
    saysGone: checkGone(gone, invalid),
    timeoutMs: checkMilliseconds('timeoutMs', timeoutMs, 1, invalid),
  }
}
