import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionPool } from '@sessionkeep/core'

export interface Answer {
  /** False when the command still runs; `output` is then what it has printed so far. */
  readonly done: boolean
  readonly exitCode?: number
  /** The output that is still on the screen. */
  readonly output: string
}

const POLL_EVERY_MS = 50

/** Runs one command line in the shell of the workspace as one counted request, and waits for its end. */
export async function ask(pool: SessionPool, workspace: string, command: string, answerMs: number): Promise<Answer> {
  await pool.getOrCreateSession(workspace)
  return pool.withRequest(workspace, async () => {
    const mark = randomBytes(6).toString('hex')
    pool.setAttributes(workspace, { lastCommand: command })
    await pool.sendText(workspace, lineFor(mark, command), { submit: true })
    for (const until = Date.now() + answerMs; ; await sleep(POLL_EVERY_MS)) {
      const answer = readAnswer(await pool.capture(workspace), mark)
      if (answer.done || Date.now() > until) return answer
    }
  })
}

/**
 * Returns the line to type. The two halves of a mark are separate in it and joined only when printed, so the echo of
 * the line is not taken for the answer. `command eval` is used because in some shells a syntax error under a bare
 * eval would drop the rest of the line, and with it the mark.
 */
function lineFor(mark: string, command: string): string {
  return `printf '%s-%s\\n' begin ${mark}; command eval ${quoted(command)}; printf '%s-%s %s\\n' end ${mark} $?`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function readAnswer(screen: string, mark: string): Answer {
  const rows = screen.trimEnd().split('\n')
  const begin = rows.indexOf(`begin-${mark}`)
  // When the output does not end with a line break, the mark is on its last line.
  const end = rows.findIndex((row) => new RegExp(`end-${mark} \\d+$`).test(row))
  const [last = '', exitCode] = rows[end]?.split(`end-${mark} `) ?? []
  const output = [...rows.slice(begin + 1, end < 0 ? undefined : end), ...(last ? [last] : [])].join('\n')
  return exitCode === undefined ? { done: false, output } : { done: true, exitCode: Number(exitCode), output }
}
