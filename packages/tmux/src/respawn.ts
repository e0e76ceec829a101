import { checkLaunch } from '@sessionkeep/contracts'
import { HostError, type HostSession, type RespawnOptions, type SessionRef } from '@sessionkeep/contracts/host'
import { NO_DIRECTORY } from './client.ts'
import { directoryOf } from './create.ts'
import type { Deadline } from './deadline.ts'
import { inheritedPatterns, unwantedVariables } from './environment.ts'
import { commandError, sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { endProcesses } from './kill.ts'
import { assertFits, LAUNCHER_VARIABLES, launchVariables, launchWords } from './launch-words.ts'
import { list } from './list.ts'
import { newMark } from './mark.ts'
import { findPane, type PaneTarget } from './panes.ts'
import { runInPane } from './run-in-pane.ts'
import { tmuxWord } from './script.ts'
import { variablesOfServer } from './server-environment.ts'
import { settle } from './settle.ts'
import { takeTurn } from './turn.ts'

interface Launch {
  readonly mark: string
  readonly cwd: string | undefined
  readonly variables: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

/** Returns the script that starts a command in a pane. It goes through standard input, because it has the values of `env`. */
function respawnScript({ server, session, pane }: PaneTarget, { mark, cwd, variables, words }: Launch): string {
  const respawn = (target: string) =>
    [
      `respawn-pane -k -t '${target}' -c ${tmuxWord(cwd === undefined || cwd.includes('#') ? '/' : cwd)}`,
      ...[...variables].map(([name, value]) => `-e ${tmuxWord(`${name}=${value}`)}`),
      '--',
      ...words.map(tmuxWord),
    ].join(' ')
  // A person may have the pane in a session of their own too, or only there. For the bare id of a pane tmux takes any of its
  // sessions, and would set the values of `env` there, and start the command with the variables of that session.
  const own = `${session}:.${pane}`
  const set = `set-environment -t '${session}'`
  // What the launch script had to do for the former command.
  const former = LAUNCHER_VARIABLES.filter((name) => !variables.has(name))
  // The session keeps the variables, as one that was created with them, so that their values can be removed from its last screen.
  const keep = [
    ...former.map((name) => `${set} -u ${name}`),
    ...[...variables].map(([name, value]) => `${set} ${name} ${tmuxWord(value)}`),
  ].join(' ; ')
  const isThere = `#{&&:#{==:#{pid}.#{start_time},${server}},#{==:#{pane_id},${pane}}}`
  const isAlive = `#{==:#{session_id},${session}}`
  const hasPane = `#{W:#{P:#{?#{==:#{pane_id},${pane}},1,}}}`
  const steps = [
    `if-shell -F -t '${session}:' '${isAlive}' { ${keep} }`,
    `if-shell -F -t '${session}:' '#{&&:${isAlive},${hasPane}}' { ${respawn(own)} } { ${respawn(pane)} }`,
    `display-message -p -t '${pane}' '${mark} #{pane_pid}'`,
  ]
  return `if-shell -F -t '${pane}' '${isThere}' { ${steps.join(' ; ')} }\n`
}

/**
 * Ends the command of a session with every process that it started, then starts another in its pane. The new one starts
 * only when the old processes have ended, so that the same work never runs twice. A text that is being typed is finished first,
 * since its Enter would go to the new command. The time-out of the call ends that wait too. Its turn begins another one, because a
 * command that was ended with little time left would not be replaced.
 */
export async function respawn(context: HostContext, ref: SessionRef, options: RespawnOptions): Promise<HostSession> {
  checkLaunch('respawn', options)
  const tooLate = (cause: unknown) => {
    const message =
      'another call (a text, keys or a respawn) has its turn in the session, so the command goes on; respawn it again when that call has ended'
    return new HostError('HOST_UNAVAILABLE', message, { cause, context: { sessionName: ref.sessionName } })
  }
  return takeTurn(context, ref, () => replaceCommand(context, ref, options), { signal: options.signal, tooLate })
}

async function replaceCommand(context: HostContext, ref: SessionRef, options: RespawnOptions): Promise<HostSession> {
  const { environment, isRemote } = context.client
  const cwd = directoryOf(options.cwd, isRemote)
  const mark = newMark()
  const words = launchWords(options.command, mark)
  const deadline = context.newDeadline()
  const ofGateway = unwantedVariables(Object.keys(process.env), environment, isRemote)
  const ofServer = isRemote
    ? []
    : unwantedVariables((await variablesOfServer(context, deadline)) ?? [], environment, false)
  const unwanted = [...new Set([...ofGateway, ...ofServer])]
  const variables = launchVariables(options.env, { cwd, unwanted, inherited: inheritedPatterns(environment, isRemote) })
  assertFits(words, variables)
  const target = await findPane(context, ref, deadline)
  // The pane must outlive its command, also in a session that was taken in.
  const keep = { run: (pane: string) => `set-option -p -t '${pane}' remain-on-exit on`, allowExited: true }
  await runInPane(context, ref, keep, {}, deadline)
  await endProcesses(context, target, deadline)
  const started = await start(context, target, { mark, cwd, variables, words }, deadline)
  const settled = await settle(context, started, context.panes.process(target.incarnation), deadline)
  const listed = await list(context, deadline)
  return listed.find(({ incarnation }) => incarnation === target.incarnation) ?? { ...settled, exited: true, end: {} }
}

async function start(
  context: HostContext,
  target: PaneTarget,
  launch: Launch,
  deadline: Deadline,
): Promise<HostSession> {
  const { sessionName, incarnation, pane, server } = target
  const input = respawnScript(target, launch)
  const { cwd, mark } = launch
  const reply = await context.client.tmux(['source-file', '-'], { deadline, cwd, noStart: true, input })
  if (cwd !== undefined && reply.facts.exitCode === NO_DIRECTORY) {
    const message = `cwd ${JSON.stringify(cwd)} is not a directory that can be entered; the former command was ended`
    throw commandError('HOST_REFUSED', reply.facts, message)
  }
  const pid = new RegExp(`^${mark} (\\d+)$`, 'm').exec(reply.stdout)?.[1]
  if (reply.verdict !== 'done') throw commandError('HOST_REFUSED', reply.facts)
  if (pid === undefined) throw sessionGone(sessionName)
  const session = { sessionName, incarnation }
  context.panes.add({ session, server, pane, pid: Number(pid) }, mark)
  return session
}
