import type { HostContext } from './host-context.ts'
import { parseIncarnation, serverPid } from './incarnation.ts'

/**
 * Prints the id and the name of each process whose variable TMUX names its session. tmux sets TMUX to the process id of the
 * server and the number of the session, so a process that got the same id later does not count.
 */
const SCRIPT = `
for one in "$@"; do
  pid=\${one%%:*}
  if [ -r /proc/self/stat ]; then
    variables=$(tr '\\0' '\\n' < "/proc/$pid/environ" 2>/dev/null)
    name=$(cat "/proc/$pid/comm" 2>/dev/null)
  else
    variables=$(ps eww -p "$pid" -o command= 2>/dev/null | tr ' ' '\\n')
    name=$(ps -p "$pid" -o comm= 2>/dev/null)
  fi
  printf '%s\\n' "$variables" | grep -q "^TMUX=.*,\${one#*:}$" && echo "$pid $name"
done
:`

/**
 * Finds the processes of ended sessions that still run. A command that ignores SIGHUP outlives a server that was killed, and
 * its session must not be resumed beside it.
 */
export async function survivors(
  { client, newDeadline }: HostContext,
  sessions: ReadonlyArray<{ readonly incarnation: string; readonly pid: number }>,
): Promise<Map<string, string>> {
  const asked = sessions.flatMap(({ incarnation, pid }) => {
    const parsed = parseIncarnation(incarnation)
    return parsed ? [{ incarnation, pid, word: `${pid}:${serverPid(parsed.server)},${parsed.id.slice(1)}` }] : []
  })
  if (asked.length === 0) return new Map()
  const words = asked.map(({ word }) => word)
  const { stdout } = await client.run('processes', ['sh', '-c', SCRIPT, 'sh', ...words], { deadline: newDeadline() })
  const names = new Map(stdout.split('\n').map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)]))
  const running = asked.filter(({ pid }) => names.has(String(pid)))
  return new Map(
    running.map(({ incarnation, pid }) => [incarnation, `its process ${pid} (${names.get(String(pid))}) still runs`]),
  )
}
