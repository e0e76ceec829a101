import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionPool } from '@sessionkeep/core'

export interface Answer {
  /** False: the command still runs in its session, and `output` is what it has printed so far. */
  readonly done: boolean
  readonly exitCode?: number
  /** As far as it is still on the screen. */
  readonly output: string
}

const LOOK_EVERY_MS = 50

/** Runs one command line in the workspace's shell, as one counted request, and waits for its end. */
export async function ask(pool: SessionPool, workspace: string, command: string, answerMs: number): Promise<Answer> {
  await pool.getOrCreateSession(workspace)
  return pool.withRequest(workspace, async () => {
    const mark = randomBytes(6).toString('hex')
    pool.setAttributes(workspace, { lastCommand: command })
    await pool.sendText(workspace, between(mark, command), { submit: true })
    for (const until = Date.now() + answerMs; ; await sleep(LOOK_EVERY_MS)) {
      const answer = readAnswer(await pool.capture(workspace), mark)
      if (answer.done || Date.now() > until) return answer
    }
  })
}

/**
 * Typed, the halves of a mark stand apart, and only what is printed joins them: the echo of the line is no answer.
 * `command eval`: in some shells a syntax error under a bare eval would drop the rest of the line, and its mark.
 */
function between(mark: string, command: string): string {
  return `printf '%s-%s\\n' begin ${mark}; command eval ${quoted(command)}; printf '%s-%s %s\\n' end ${mark} $?`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function readAnswer(screen: string, mark: string): Answer {
  const rows = screen.trimEnd().split('\n')
  const begin = rows.indexOf(`begin-${mark}`)
  // A command that does not end its last line has the mark on it.
  const end = rows.findIndex((row) => new RegExp(`end-${mark} \\d+$`).test(row))
  const [last = '', exitCode] = rows[end]?.split(`end-${mark} `) ?? []
  const output = [...rows.slice(begin + 1, end < 0 ? undefined : end), ...(last ? [last] : [])].join('\n')
  return exitCode === undefined ? { done: false, output } : { done: true, exitCode: Number(exitCode), output }
}
