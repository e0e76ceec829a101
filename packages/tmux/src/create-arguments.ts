import type { CreateSessionOptions } from '@sessionkeep/core'
import { literal } from './literal.ts'
import { rowFormat } from './rows.ts'
import { STAMP_OPTION, stampFormat } from './stamp.ts'
import { isWords } from './words.ts'

function size(flag: string, cells: number | undefined): string[] {
  if (cells === undefined) return []
  if (!Number.isSafeInteger(cells) || cells < 1) throw new TypeError('cols and rows must be whole numbers above 0')
  return [flag, String(cells)]
}

function environment(env: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (name === '' || name.includes('=') || !isWords([name, value])) {
      // The value may be secret, and stays out of the message.
      throw new TypeError(`env: ${JSON.stringify(name)} must be a name without "=" or NUL, with a string without NUL`)
    }
    return ['-e', literal(`${name}=${value}`)]
  })
}

function commandWords(command: string | readonly string[] | undefined): string[] {
  if (command === undefined) return []
  const words = typeof command === 'string' ? [command] : command
  if (!isWords(words) || words.length === 0) {
    throw new TypeError('command must be a command line, or a program and its arguments, without NUL')
  }
  // tmux hands a single word to a shell, also when it is meant to be a program.
  const [program = ''] = words
  const whole = typeof command !== 'string' && words.length === 1 ? ['sh', '-c', 'exec "$0"', program] : words
  return ['--', ...whole.map(literal)]
}

/** Makes and stamps a session in one call of tmux, and prints its row. Throws a `TypeError` for options of the wrong type. */
export function createArguments(sessionName: string, options: CreateSessionOptions, mark: string): string[] {
  const { pool, workspace, createdAt, cwd, env, command, cols, rows } = options
  if (typeof pool !== 'string' || typeof workspace !== 'string')
    throw new TypeError('pool and workspace must be strings')
  if (!Number.isSafeInteger(createdAt)) throw new TypeError('createdAt must be whole milliseconds since the epoch')
  if (cwd !== undefined && (!isWords([cwd]) || cwd === '')) throw new TypeError('cwd must be a path')
  return [
    ...['new-session', '-d', '-P', '-F', rowFormat(mark), '-s', sessionName],
    ...size('-x', cols),
    ...size('-y', rows),
    ...environment(env),
    ...commandWords(command),
    ...[';', 'set-option', '-F', '-t', `=${sessionName}:`, STAMP_OPTION, stampFormat(options)],
    // A person's own configuration can say otherwise; a session of a gateway has nobody attached most of the time.
    ...[';', 'set-option', '-t', `=${sessionName}:`, 'destroy-unattached', 'off'],
  ]
}
