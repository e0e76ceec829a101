import type { CreateSessionOptions } from '@sessionkeep/core/host'
import { launchVariables, launchWords } from './launch-words.ts'
import { stampPaneCommands } from './pane-stamp.ts'
import { rowFormat } from './rows.ts'
import { oneGroup, tmuxCommandLine, tmuxWord } from './script.ts'
import { STAMP_OPTION, stampFormat } from './stamp.ts'
import { isWords } from './words.ts'

function sizeFlags({ cols, rows }: CreateSessionOptions): string {
  for (const cells of [cols, rows]) {
    if (cells === undefined) continue
    if (!Number.isSafeInteger(cells) || cells < 1) throw new TypeError('cols and rows must be whole numbers above 0')
  }
  return [cols === undefined ? '' : ` -x ${cols}`, rows === undefined ? '' : ` -y ${rows}`].join('')
}

/** What the script is made for. */
export interface CreateContext {
  /** In no output but that of this call. */
  readonly mark: string
  /** An absolute path that is known to be a directory. */
  readonly cwd: string | undefined
  /** Variables that the session is not to have. */
  readonly unwanted: readonly string[]
  /** Whether the server is to be rid of them as well. */
  readonly cleansServer: boolean
}

/**
 * Makes and stamps a session in one call of tmux, and prints its row. The commands go through standard input, since they
 * carry the values of `env`. Throws a `TypeError` for options of the wrong type.
 */
export function createScript(
  sessionName: string,
  options: CreateSessionOptions,
  { mark, cwd, unwanted, cleansServer }: CreateContext,
): string {
  const { pool, workspace, createdAt, env, command } = options
  if (typeof pool !== 'string' || typeof workspace !== 'string')
    throw new TypeError('pool and workspace must be strings')
  if (!Number.isSafeInteger(createdAt)) throw new TypeError('createdAt must be whole milliseconds since the epoch')
  if (options.cwd !== undefined && (!isWords([options.cwd]) || options.cwd === ''))
    throw new TypeError('cwd must be a path')
  const size = sizeFlags(options)
  const variables = launchVariables(env, { cwd, unwanted })
  const target = `'=${sessionName}:'`
  const create = [
    `new-session -d -P -F ${tmuxWord(rowFormat(mark))} -s ${sessionName}${size}`,
    `-c ${tmuxWord(cwd === undefined || cwd.includes('#') ? '/' : cwd)}`,
    ...[...variables].map(([name, value]) => `-e ${tmuxWord(`${name}=${value}`)}`),
    '--',
    ...launchWords(command, mark).map(tmuxWord),
  ].join(' ')
  const stampPane = stampPaneCommands({ pool, workspace, createdAt }, sessionName, mark, options)
  return [
    ...(cleansServer ? unwanted.map((name) => `set-environment -gu ${name}`) : []),
    oneGroup(
      create,
      `set-option -F -t ${target} ${STAMP_OPTION} ${tmuxWord(stampFormat({ pool, workspace, createdAt }))}`,
      // A person's own configuration can say otherwise; a session of a gateway has nobody attached most of the time.
      `set-option -t ${target} destroy-unattached off`,
      `set-option -s exit-unattached off`,
      `display-message -p ${mark}stamped`,
      ...stampPane.map((line) => tmuxCommandLine(`run-shell -C -t ${target}`, line)),
    ),
    '',
  ].join('\n')
}
