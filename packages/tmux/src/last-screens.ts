import { type HostSession, type SessionEnd, withoutValues } from '@sessionkeep/contracts/host'
import { lastBytes } from './capture.ts'
import type { Deadline } from './deadline.ts'
import { type LastScreen, signalOf } from './end.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'
import { newMark } from './mark.ts'
import type { SessionRow } from './rows.ts'

const MAX_LINES = 50
const MAX_BYTES = 8192

/**
 * Adds the last screen to every session of `rows` that has ended. All screens are read in one call of tmux, and each
 * is read once, because the screen of an ended command does not change. A screen that cannot be read is left out.
 */
export async function withLastScreens(
  context: HostContext,
  rows: readonly SessionRow[],
  deadline: Deadline,
): Promise<HostSession[]> {
  const ended = rows.flatMap((row) =>
    row.session.end && row.pane !== undefined
      ? [{ key: screenKey(row), pane: row.pane, id: parseIncarnation(row.session.incarnation ?? '')?.id }]
      : [],
  )
  const unread = ended.filter(({ key }) => !context.lastScreens.has(key))
  const none = new Map<string, LastScreen>()
  const read = unread.length === 0 ? none : await readScreens(context, unread, deadline).catch(() => none)
  const known = ended.flatMap(({ key }) => {
    const screen = read.get(key) ?? context.lastScreens.get(key)
    return screen === undefined ? [] : [[key, screen] as const]
  })
  context.lastScreens = new Map(known)
  return rows.map((row) => {
    const { session } = row
    const screen = context.lastScreens.get(screenKey(row))
    return session.end && screen !== undefined ? { ...session, end: withScreen(session.end, screen) } : session
  })
}

/**
 * Only tmux 3.2 has a format neither for the signal nor for the time. That version always writes its message, so the last line
 * is not one that the program has printed.
 */
function withScreen(end: SessionEnd, { text, signal }: LastScreen): SessionEnd {
  const isOld = end.at === undefined && end.exitCode === undefined && end.signal === undefined
  return { ...end, screen: text, ...(isOld && signal !== undefined && { signal }) }
}

/** Identifies the last screen of a session: after its pane was started again by hand, it has another one. */
export function screenKey({ session: { incarnation, end }, pane }: SessionRow): string {
  return `${incarnation} ${pane} ${end?.at}`
}

async function readScreens(
  { client }: HostContext,
  ended: readonly { readonly key: string; readonly pane: string; readonly id: string | undefined }[],
  deadline: Deadline,
): Promise<Map<string, LastScreen>> {
  const mark = newMark()
  // Each line is a command of its own, so a pane that is gone meanwhile does not keep the others from being read.
  const lines = ended.flatMap(({ pane, id }, at) => [
    // Names the pane by its index: display-message would read the `%5` of a pane id as a part of a date.
    `display-message -p '${mark}${at} '`,
    `capture-pane -p -J -S -${MAX_LINES} -t '${pane}'`,
    `display-message -p '${mark}${at}${OF_ENVIRONMENT}'`,
    ...(id === undefined ? [] : [`show-environment -s -t '${id}'`]),
  ])
  const input = [...lines, `display-message -p '${mark}'`, ''].join('\n')
  const { stdout } = await client.tmux(['source-file', '-'], { deadline, input, noStart: true })
  const screens = new Map<string, LastScreen>()
  const parts = stdout.split(mark).slice(1, -1)
  for (const [index, { key }] of ended.entries()) {
    const part = (name: string) => parts.find((one) => one.startsWith(name))?.slice(name.length)
    const [screen, environment = ''] = [part(`${index} `), part(`${index}${OF_ENVIRONMENT}`)]
    if (screen !== undefined)
      screens.set(key, lastLines(withoutValues(trimmed(screen), variablesIn(trimmed(environment)))))
  }
  return screens
}

/** Removes the spaces at the ends of lines. tmux 3.2 adds some, so that a value of several lines would not be found. */
const trimmed = (text: string): string => text.replaceAll(/(?<! ) +$/gm, '')

/** Stands behind the index of a session before the variables of that session. */
const OF_ENVIRONMENT = 'e '
/** A variable as tmux writes it for a shell. */
const VARIABLE = /^(\w+)="((?:[^"\\]|\\.)*)"; export \1;$/gms

/**
 * The variables of a session. tmux keeps those that it was created with, so their values can be removed from its screen even by
 * a gateway that did not start it.
 */
function variablesIn(environment: string): Record<string, string> {
  // tmux 3.4 writes one more backslash before some dollars, so that the number of them is even.
  const escaped = environment.replaceAll(/(\\+)\$/g, (all, { length }: string) =>
    length % 2 === 0 ? all.slice(1) : all,
  )
  const variables = [...escaped.matchAll(VARIABLE)].map(
    ([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/gs, '$1')] as const,
  )
  return Object.fromEntries(variables.filter(([name]) => !LAUNCHER_OWN.has(name)))
}

/** Variables that the launcher needs for itself. Their values are no secrets of the caller. */
const LAUNCHER_OWN: ReadonlySet<string> = new Set(['SESSIONKEEP_LAUNCH_UNSET', 'SESSIONKEEP_LAUNCH_CWD'])

/** The message that tmux 3.2 always writes on the screen of a command that has ended, and later versions unless told not to. */
const DEAD = /^Pane is dead(?: \((?:signal (\w+), )?.*\))?$/

/** Returns the last lines within the limits, without blank lines at both ends and without the message of tmux. */
function lastLines(screen: string): LastScreen {
  const lines = screen.split('\n').map((line) => line.trimEnd())
  const message = lines.findLastIndex((line) => line !== '')
  const dead = DEAD.exec(lines[message] ?? '')
  if (dead) lines.splice(message)
  const last = lines.findLastIndex((line) => line !== '')
  const first = lines.findIndex((line) => line !== '')
  const kept = lines.slice(Math.max(first, last + 1 - MAX_LINES, 0), last + 1)
  return { text: lastBytes(kept.join('\n'), MAX_BYTES), signal: signalOf(dead?.[1] ?? '') }
}
