import type { TmuxClient } from './client.ts'
import type { Deadline } from './deadline.ts'

/** A running process. `startTime` is in the unit of the system and serves only to compare. */
export interface LivingProcess {
  readonly startTime: string
  readonly command: string
}

// ps works everywhere, but the ps of small images knows neither -p nor lstart. So /proc comes first.
const SCRIPT = `
if [ -r /proc/self/stat ]; then
  if s=$(cat "/proc/$1/stat" 2>/dev/null); then printf 'proc %s\\n' "$s"; else echo gone; fi
else
  s=$(LC_ALL=C TZ=UTC0 ps -p "$1" -o lstart= -o comm= 2>/dev/null)
  case $? in 0) printf 'ps %s\\n' "$s";; 1) echo gone;; *) echo unknown;; esac
fi`

/**
 * Parses the output of the script. Returns undefined when there is no such process.
 *
 * @throws `Error` when the output does not decide it
 */
export function parseProcess(output: string): LivingProcess | undefined {
  if (/^gone$/m.test(output)) return undefined
  // The name, in parentheses, may contain any character. After it come the state and, as the 20th field, the start
  // time.
  const [, command, state, start] = /^proc \d+ \((.*)\) (\S) (?:-?\d+ ){18}(\d+) /ms.exec(output) ?? []
  if (command !== undefined && start !== undefined) return state === 'Z' ? undefined : { command, startTime: start }
  const [, startTime, name] = /^ps +(\S+ +\S+ +\d+ +[\d:]+ +\d+) +(\S.*)$/m.exec(output) ?? []
  if (startTime !== undefined && name !== undefined) return { command: name, startTime }
  throw new Error('neither /proc nor ps shows the process')
}

/** Looks up a process by its id; undefined when none runs. */
export async function findProcess(
  client: TmuxClient,
  pid: string,
  deadline: Deadline,
): Promise<LivingProcess | undefined> {
  const { stdout } = await client.run('server', ['sh', '-c', SCRIPT, 'sh', pid], { deadline })
  return parseProcess(stdout)
}
