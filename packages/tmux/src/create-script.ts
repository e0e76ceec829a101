import type { CreateSessionOptions } from '@sessionkeep/contracts/host'
import { assertFits, launchVariables, launchWords } from './launch-words.ts'
import { keepScreenCommands, POOL_OPTION, preparePaneCommands } from './pane-stamp.ts'
import { rowFormat } from './rows.ts'
import { oneGroup, tmuxCommandLine, tmuxWord } from './script.ts'
import { historyLimitCommands, type TmuxOptions, tmuxOptionCommands } from './tmux-options.ts'

const sizeFlags = ({ cols, rows }: CreateSessionOptions): string =>
  [cols === undefined ? '' : ` -x ${cols}`, rows === undefined ? '' : ` -y ${rows}`].join('')

/** Facts about one `create()` call that its script needs. */
export interface CreateContext {
  /** A random word that appears only in the output of this call. */
  readonly mark: string
  /** The start directory: an absolute path, checked to be a directory. */
  readonly cwd: string | undefined
  /** Names of variables that the session must not inherit. */
  readonly unwanted: readonly string[]
  /** See `inheritedPatterns()`. */
  readonly inherited: readonly string[] | undefined
  /** Names of variables that are removed from the global environment of the server. */
  readonly removed?: readonly string[]
  /** An option that is set on the server, to say that those variables were removed. */
  readonly cleaned?: string | undefined
  /** An option that the server must have; without it, nothing is created. */
  readonly needed?: string | undefined
  readonly tmuxOptions: TmuxOptions
  /** The user's own global `history-limit`; only if `tmuxOptions` sets that option. */
  readonly historyLimit: string | undefined
  /** Commands that stamp the session if the ids that it got are the expected ones. */
  readonly stamping: readonly string[]
}

/**
 * Returns the tmux script that creates a session and prints its row. The script is passed
 * through standard input, because it contains the values of `env`.
 *
 * @throws `TypeError` for options of a wrong type
 */
export function createScript(
  sessionName: string,
  options: CreateSessionOptions,
  { mark, cwd, unwanted, inherited, removed = [], cleaned, needed, tmuxOptions, historyLimit, stamping }: CreateContext,
): string {
  const { pool, workspace, createdAt, env, command } = options
  if (typeof pool !== 'string' || typeof workspace !== 'string')
    throw new TypeError('pool and workspace must be strings')
  if (!Number.isSafeInteger(createdAt)) throw new TypeError('createdAt must be whole milliseconds since the epoch')
  const size = sizeFlags(options)
  const variables = launchVariables(env, { cwd, unwanted, inherited })
  const words = launchWords(command, mark)
  assertFits(words, variables)
  const create = [
    `new-session -d -P -F ${tmuxWord(rowFormat(mark))} -s ${sessionName}${size}`,
    `-c ${tmuxWord(cwd === undefined || cwd.includes('#') ? '/' : cwd)}`,
    ...[...variables].map(([name, value]) => `-e ${tmuxWord(`${name}=${value}`)}`),
    '--',
    ...words.map(tmuxWord),
  ].join(' ')
  const history = historyLimitCommands(tmuxOptions, historyLimit)
  return [
    ...removed.map((name) => `set-environment -gu ${name}`),
    ...(cleaned === undefined ? [] : [`set-option -s ${cleaned} 1`]),
    oneGroup(
      // tmux 3.2 shows nothing for a missing option, so its name becomes one that no version knows.
      ...(needed === undefined ? [] : [`show-options -sv '#{?${needed},${needed},no${needed}}'`]),
      // No command between these three waits, unless a hook of the user does, so that no other client sees the changed option.
      ...history.before,
      create,
      ...history.after,
      ...prepareCommands(`'=${sessionName}:'`, options, { mark, tmuxOptions }),
      ...stamping,
    ),
    // The group ends at a session that tmux refuses.
    ...history.after,
    '',
  ].join('\n')
}

/** Returns the script that prepares a session by its id, after a hook of the user has renamed it before it could be prepared by its name. */
export function prepareScript(
  id: string,
  options: CreateSessionOptions,
  context: Pick<CreateContext, 'mark' | 'tmuxOptions'>,
): string {
  return `${oneGroup(...prepareCommands(`'${id}:'`, options, context))}\n`
}

function prepareCommands(
  target: string,
  options: CreateSessionOptions,
  { mark, tmuxOptions }: Pick<CreateContext, 'mark' | 'tmuxOptions'>,
): string[] {
  return [
    // Until the session has its stamp, this option keeps other pools from taking it in by its name.
    `set-option -t ${target} ${POOL_OPTION} ${tmuxWord(options.pool)}`,
    // The command may end before its pane is known, so the whole window gets these options; later only our pane keeps them.
    ...keepScreenCommands('-w', target),
    // A user's tmux configuration may set these otherwise, and most of the time no client is attached to a
    // gateway's session.
    `set-option -t ${target} destroy-unattached off`,
    `set-option -s exit-unattached off`,
    ...tmuxOptionCommands(target, tmuxOptions),
    `display-message -p ${mark}made`,
    ...preparePaneCommands(mark, options).map((line) => tmuxCommandLine(`run-shell -C -t ${target}`, line)),
  ]
}
