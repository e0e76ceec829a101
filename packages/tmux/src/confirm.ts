import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfirmOptions, SendTextOptions, SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { isGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { newMark } from './mark.ts'
import { runInPane } from './run-in-pane.ts'

const TIMEOUT_MS = 2000
const LOOK_EVERY_MS = 50

/** What a pane shows. */
export interface Glance {
  readonly screen: string
  /** The foreground program of the terminal. */
  readonly program: string
  readonly hasEnded: boolean
}

/** The option `confirm`, with its defaults. */
export interface Confirm {
  readonly seen: ConfirmOptions['seen']
  readonly timeoutMs: number
}

/** Returns the option `confirm` with its defaults; undefined when nothing is to be confirmed. */
export function confirmOf({ confirm }: SendTextOptions): Confirm | undefined {
  if (confirm === undefined || confirm === false) return undefined
  const { seen, timeoutMs = TIMEOUT_MS } = confirm === true ? {} : confirm
  return { seen, timeoutMs }
}

/** Reads what a pane shows. Wrapped lines are joined, so that another wrapping does not count as a change. */
export async function lookAt(context: HostContext, ref: SessionRef): Promise<Glance> {
  const mark = newMark()
  const output = await runInPane(context, ref, {
    run: (pane) =>
      `display-message -p -t '${pane}' '#{pane_dead} #{pane_current_command}${mark}' ; capture-pane -p -J -t '${pane}'`,
    allowExited: true,
  })
  const [facts = '', screen = ''] = output.split(`${mark}\n`)
  return { screen, program: facts.slice(2), hasEnded: facts.startsWith('1') }
}

/**
 * Waits until a pane is at rest with the text that was typed into it: two looks agree, and differ from `empty`. A busy program
 * may draw the text late, and some programs never show it, so after `TIMEOUT_MS` the last look is returned.
 */
export async function lookAtRest(context: HostContext, ref: SessionRef, empty: Glance | undefined): Promise<Glance> {
  const until = performance.now() + TIMEOUT_MS
  let last = await lookAt(context, ref)
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const now = await lookAt(context, ref)
    const isAtRest = now.screen === last.screen && now.screen !== empty?.screen
    if (isAtRest || performance.now() >= until) return now
    last = now
  }
}

/** Blanks, and the lines of the boxes that programs draw around their input. */
const FRAME = /[\s\u2500-\u257f]+/g
const plain = (lines: readonly string[]): string => lines.join('').replace(FRAME, '')

/** Whether a screen changed by more than a line break. Ignores the frame of an input, and that the screen scrolled by one line. */
export function hasMoved(before: string, after: string): boolean {
  const now = plain([after])
  const lines = before.split('\n')
  return plain(lines) !== now && plain(lines.slice(1)) !== now
}

/**
 * Waits until the program has taken a text whose Enter was pressed. If the program is too late, presses Enter once more.
 *
 * @throws `NOT_CONFIRMED` if it has not taken the text after the second Enter either
 */
export async function untilTaken(
  context: HostContext,
  ref: SessionRef,
  {
    before,
    confirm,
    pressEnter,
  }: {
    readonly before: Glance
    readonly confirm: Confirm
    readonly pressEnter: () => Promise<unknown>
  },
): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    try {
      const now = await lookAt(context, ref)
      if (now.hasEnded) return true
      if (confirm.seen) return confirm.seen(now.screen, before.screen) === true
      return now.program !== before.program || hasMoved(before.screen, now.screen)
    } catch (error) {
      // A text such as /exit ends the session.
      if (isGone(error)) return true
      throw error
    }
  }
  const isStillTaken = async (): Promise<boolean> => {
    await sleep(LOOK_EVERY_MS)
    return isTaken()
  }
  const isTakenInTime = async (): Promise<boolean> => {
    const until = performance.now() + confirm.timeoutMs
    for (;;) {
      // The first look may have caught the program while it was redrawing its screen.
      if ((await isTaken()) && (await isStillTaken())) return true
      if (performance.now() >= until) return false
      await sleep(LOOK_EVERY_MS)
    }
  }
  if (await isTakenInTime()) return
  await pressEnter()
  if (await isTakenInTime()) return
  const message =
    'the text was typed and Enter was pressed twice, but the screen does not show that the program has taken it; look at capture(), and give confirm.seen if the program shows it in its own way'
  throw new HostError('NOT_CONFIRMED', message, { context: { sessionName: ref.sessionName } })
}
