import { resolve } from 'node:path'
import { checkLaunch } from '@sessionkeep/contracts'
import type { CreateSessionOptions, HostSession } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { NO_DIRECTORY } from './client.ts'
import { type CreateContext, createScript, prepareScript } from './create-script.ts'
import type { Deadline } from './deadline.ts'
import { inheritedPatterns, unwantedVariables } from './environment.ts'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'
import { kill } from './kill.ts'
import { newMark } from './mark.ts'
import type { Reply } from './reply.ts'
import { parseRows } from './rows.ts'
import { variablesOfServer } from './server-environment.ts'
import { checkSessionName } from './session-name.ts'
import { settle } from './settle.ts'
import type { Stamp } from './stamp.ts'
import { HISTORY_LIMIT_QUESTION, limitBefore, readHistoryLimit } from './tmux-options.ts'
import { stampAtOnce, stampedMark, writeStamp } from './write-stamp.ts'

/** Runs commands of tmux, and starts a server for them if none runs. */
async function ask(
  { client, servers }: HostContext,
  commands: readonly string[],
  options: { readonly deadline: Deadline; readonly cwd?: string | undefined; readonly input?: string },
): Promise<Reply> {
  const args = ['start-server', ';', ...commands]
  // While a server is known, a missing socket does not justify a second server with the same session names.
  const reply = await client.tmux(args, { ...options, noStart: servers.anyKnown })
  if (reply.verdict !== 'no-server' || !servers.anyKnown) return reply
  await servers.proveNone(options.deadline)
  return client.tmux(args, options)
}

type Variables = Pick<CreateContext, 'unwanted' | 'removed' | 'cleaned' | 'needed'>

/**
 * Creates a session without the variables that it must not inherit, whether the gateway or the server has them. A server of the
 * host's own is asked for its variables once, and cleaned. From then on it has an option that says so. Another server on the
 * same socket lacks that option, so it is asked again.
 */
async function askWithout(
  context: HostContext,
  scriptOf: (variables: Variables) => Promise<string>,
  cwd: string | undefined,
  deadline: Deadline,
): Promise<Reply> {
  const { cleanOption, client } = context
  const { environment, isRemote, ownsServer } = client
  const send = async (variables: Variables) =>
    ask(context, ['source-file', '-'], { deadline, cwd, input: await scriptOf(variables) })
  const ofGateway = unwantedVariables(Object.keys(process.env), environment, isRemote)
  // If tmux runs elsewhere, asking would cost a round trip, and the program of the prefix decides which variables it passes on.
  if (isRemote) return send({ unwanted: ofGateway })
  if (context.isCleaned) {
    const reply = await send({ unwanted: ofGateway, needed: cleanOption })
    if (!reply.facts.stderr?.includes(cleanOption)) return reply
    context.isCleaned = false
  }
  const found = await variablesOfServer(context, deadline)
  const ofServer = unwantedVariables(found ?? [], environment, false)
  const unwanted = [...new Set([...ofGateway, ...ofServer])]
  if (!ownsServer) return send({ unwanted })
  // A server that did not answer may be another one when the session is created.
  const reply = await send({ unwanted, removed: ofServer, cleaned: found && cleanOption })
  context.isCleaned = found !== undefined
  return reply
}

/**
 * Makes `cwd` absolute, because the client runs in `/`. If tmux runs elsewhere, a relative path has no meaning and is refused.
 *
 * @throws `TypeError` if it is refused
 */
export function directoryOf(cwd: string | undefined, isRemote: boolean): string | undefined {
  if (cwd === undefined) return undefined
  if (cwd.startsWith('/')) return cwd
  if (isRemote) throw new TypeError('cwd must be an absolute path when a prefix or an exec runs commands elsewhere')
  return resolve(cwd)
}

/** See `readHistoryLimit()`. Starts a server if none runs, so that it reads its configuration. */
async function globalHistoryLimit(context: HostContext, deadline: Deadline): Promise<string | undefined> {
  for (const pauseMs of PAUSES_MS) {
    const limit = readHistoryLimit((await ask(context, HISTORY_LIMIT_QUESTION, { deadline })).stdout)
    if (limit !== undefined) return limit
    // A server that is just being started or shut down does not answer.
    await deadline.pause(pauseMs)
  }
  return undefined
}

/** Gives the global `history-limit` the value that the user gave it after it was read, and before the session was created. */
async function keepHistoryLimit(context: HostContext, read: string | undefined, stdout: string, deadline: Deadline) {
  const users = limitBefore(stdout)
  if (users === undefined || users === read || (await globalHistoryLimit(context, deadline)) !== read) return
  await ask(context, ['set-option', '-g', 'history-limit', users], { deadline })
}

/** Ends a session that was created but cannot be returned, then throws `error`. */
async function undo(context: HostContext, made: HostSession, error: HostError): Promise<never> {
  await kill(context, made).catch((cause: unknown) => {
    const message = `${error.message}; the session ${made.sessionName} could not be ended and may still run`
    throw new HostError(error.code, message, { cause, context: error.context })
  })
  throw error
}

function refusal(sessionName: string, cwd: string | undefined, { verdict, facts }: Reply): HostError {
  if (verdict === 'duplicate') {
    return commandError('SESSION_EXISTS', facts, `a session ${JSON.stringify(sessionName)} is there already`)
  }
  if (cwd !== undefined && facts.exitCode === NO_DIRECTORY) {
    const message = `cwd ${JSON.stringify(cwd)} is not a directory that can be entered; create it, or give another`
    return new HostError('HOST_REFUSED', message, { context: { ...facts, cwd } })
  }
  return commandError(verdict === 'refused' ? 'HOST_REFUSED' : 'HOST_UNAVAILABLE', facts)
}

/** Pauses before the retries while a server is shutting down; a busy machine needs the longer ones. */
const PAUSES_MS = [0, 50, 250]

export async function create(
  context: HostContext,
  sessionName: string,
  options: CreateSessionOptions,
): Promise<HostSession> {
  checkSessionName(sessionName)
  checkLaunch('create', options)
  const mark = newMark()
  const { pool, workspace, createdAt, resumes } = options
  const cwd = directoryOf(options.cwd, context.client.isRemote)
  const deadline = context.newDeadline()
  const { tmuxOptions } = context
  const inherited = inheritedPatterns(context.client.environment, context.client.isRemote)
  const stamps = await context.stamps()
  const stampOf = (ids: Pick<Stamp, 'incarnation' | 'pane'>): Stamp => ({
    ...ids,
    ...{ sessionName, pool, workspace, createdAt, takenIn: false, resumes },
  })
  const next = context.panes.next()
  const expected = next && stampOf(next)
  const stamping = expected ? stampAtOnce(expected, stamps.textOf(expected), mark) : []
  const facts = { mark, cwd, tmuxOptions, inherited, stamping }
  let historyLimit: string | undefined
  const scriptOf = async (variables: Variables) => {
    // It is read as late as possible, since the user may change it meanwhile.
    if ('history-limit' in tmuxOptions) historyLimit = await globalHistoryLimit(context, deadline)
    return createScript(sessionName, options, { ...facts, historyLimit, ...variables })
  }

  let reply = await askWithout(context, scriptOf, cwd, deadline)
  // Right after kill-server, the socket may still belong to the server that is ending. A session that it created
  // would not survive, so creating it again is safe.
  for (const pauseMs of PAUSES_MS) {
    if (reply.verdict !== 'exited' && reply.verdict !== 'no-server') break
    await deadline.pause(pauseMs)
    reply = await askWithout(context, scriptOf, cwd, deadline)
  }

  // The session does not depend on it, so it holds nothing up, and its failure is not that of the call.
  const limitKept = keepHistoryLimit(context, historyLimit, reply.stdout, deadline).catch(() => undefined)
  const [row] = parseRows(reply.stdout, mark, stamps)
  if (!row) throw refusal(sessionName, cwd, reply)
  // The launch script still has the terminal; the command gets it later.
  const { foreground: _launcher, ...made } = row.session
  // A hook of the user's tmux configuration that fails, or renames the session, makes the whole call fail although the session
  // was created.
  const isMade = () => reply.stdout.includes(`${mark}made`)
  const id = parseIncarnation(made.incarnation ?? '')?.id
  if (!isMade() && id !== undefined) {
    const input = prepareScript(id, options, { mark, tmuxOptions })
    const asked = context.client.tmux(['source-file', '-'], { deadline, noStart: true, input })
    reply = await asked.catch((error: HostError) => undo(context, made, error))
  }
  if (!isMade()) {
    await undo(
      context,
      made,
      commandError('HOST_REFUSED', reply.facts, 'the session could not be prepared, and was ended'),
    )
  }
  if (made.sessionName !== sessionName) {
    const message = `tmux named the session ${JSON.stringify(made.sessionName)}, not ${sessionName}; it was ended`
    await undo(context, made, new HostError('HOST_REFUSED', message, { context: { sessionName } }))
  }
  context.panes.add(row, mark)
  // The session may end while it is stamped. Only a process that was seen alive can be reported as ended later.
  context.panes.process(made.incarnation ?? '')?.look()
  if (!reply.stdout.includes(stampedMark(mark))) {
    const stamp = stampOf({ incarnation: made.incarnation ?? '', pane: row.pane ?? '' })
    await writeStamp(context, stamp, deadline).catch((error: HostError) => undo(context, made, error))
  }
  await context.servers.noteAnswer(row.server, deadline).catch((error: HostError) => undo(context, made, error))
  for (const waiter of context.waiters) waiter.retry()
  const started = settle(context, made, context.panes.process(made.incarnation ?? ''), deadline)
  // The session is there and has its stamp, also if tmux cannot say any more how its command does.
  const [settled] = await Promise.all([started.catch(() => made), limitKept])
  return { ...settled, pool, workspace, createdAt, createdAtSource: 'stamp', ...(resumes !== undefined && { resumes }) }
}
