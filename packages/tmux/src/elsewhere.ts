import { setTimeout as sleep } from 'node:timers/promises'
import { HostError } from '@sessionkeep/contracts/host'
import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation, serverPid } from './incarnation.ts'

/**
 * Prints, for each process id, a line "pid state place". From /proc, state is the start time in seconds since the epoch, and
 * place is the socket that the process listens on. From ps, state is `ps`, and place has the start time and the program. `gone`
 * means that no such server runs. The ps of small images lacks what is needed, so /proc comes first.
 */
const SCRIPT = `
hz=$(getconf CLK_TCK 2>/dev/null) || hz=100
boot=$(sed -n 's/^btime //p' /proc/stat 2>/dev/null)
for pid in "$@"; do
  if [ -r /proc/self/stat ]; then
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || { echo "$pid gone"; continue; }
    case $stat in *tmux*) ;; *) echo "$pid gone"; continue ;; esac
    ticks=$(printf '%s\\n' "$stat" | sed 's/^.*) //' | awk '$1 != "Z" { print $20 }')
    [ "$ticks" ] || { echo "$pid gone"; continue; }
    inodes=$(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/^.*socket:\\[\\([0-9]*\\)\\]$/\\1/p' | tr '\\n' ' ')
    place=$(awk -v inodes=" $inodes" '$4 == "00010000" && index(inodes, " " $7 " ") { print $8; exit }' /proc/net/unix 2>/dev/null)
    echo "$pid $((boot + ticks / hz)) $place"
  elif start=$(LC_ALL=C TZ=UTC0 ps -p "$pid" -o lstart= -o comm= 2>/dev/null); then
    echo "$pid ps $start"
  else
    echo "$pid gone"
  fi
done
echo end`

/** How far the start times of tmux and of the system may differ, s: tmux reads the clock a moment later, and clocks are set. */
const TOLERANCE_S = 5
/** How long to wait for a server first seen elsewhere, since it may be exiting, and the pause between two looks, ms. */
const ENDING_MS = 500
const POLL_EVERY_MS = 50

/**
 * Finds the incarnations whose tmux server still runs although it is not the one that answers: with another socket, or
 * with a socket that was removed. Returns for each how to reach or end its server.
 *
 * @throws `HOST_UNAVAILABLE` when processes cannot be seen
 */
export async function elsewhere(context: HostContext, incarnations: readonly string[]): Promise<Map<string, string>> {
  const { servers } = context
  const byServer = new Map<string, string[]>()
  for (const incarnation of incarnations) {
    const server = parseIncarnation(incarnation)?.server
    // A server that this host reaches has listed its sessions.
    if (server === undefined || servers.isKnown(server) || context.endedServers.has(server)) continue
    byServer.set(server, [...(byServer.get(server) ?? []), incarnation])
  }
  const found = new Map<string, string>()
  if (byServer.size === 0) return found
  const deadline = context.newDeadline()
  let output = await look(context, [...byServer.keys()], deadline)
  // A server that shuts down removes its socket first, and exits a moment later.
  const giveUp = performance.now() + Math.min(ENDING_MS, deadline.remaining() / 2)
  const isNews = (server: string) => !context.serversElsewhere.has(server) && placeOf(output, server) !== undefined
  while ([...byServer.keys()].some(isNews) && performance.now() < giveUp) {
    await sleep(POLL_EVERY_MS)
    output = await look(context, [...byServer.keys()], deadline)
  }
  for (const [server, theirs] of byServer) {
    const place = placeOf(output, server)
    if (place === undefined) context.endedServers.add(server)
    else {
      context.serversElsewhere.add(server)
      for (const incarnation of theirs) found.set(incarnation, advice(serverPid(server), place))
    }
  }
  return found
}

async function look({ client }: HostContext, servers: readonly string[], deadline: Deadline): Promise<string> {
  const pids = [...new Set(servers.map(serverPid))]
  const { stdout } = await client.run('server', ['sh', '-c', SCRIPT, 'sh', ...pids], { deadline })
  if (!/^end$/m.test(stdout)) throw new HostError('HOST_UNAVAILABLE', 'neither /proc nor ps shows processes')
  return stdout
}

/** The socket of a server that runs, empty when it is not known; undefined when the server has ended. */
function placeOf(output: string, server: string): string | undefined {
  const pid = serverPid(server)
  const [, state = 'gone', place = ''] = new RegExp(`^${pid} (\\S+) ?(.*)$`, 'm').exec(output) ?? []
  if (state === 'gone') return undefined
  const [, time, command = ''] = /^(\S+ +\S+ +\d+ +[\d:]+ +\d+) +(\S.*)$/.exec(place) ?? []
  if (state === 'ps' && !command.includes('tmux')) return undefined
  const startedAt = state === 'ps' ? Date.parse(`${time} UTC`) / 1000 : Number(state)
  const isSame = Math.abs(startedAt - Number(server.slice(server.indexOf('.') + 1))) <= TOLERANCE_S
  return isSame ? (state === 'ps' ? '' : place) : undefined
}

function advice(pid: string, place: string): string {
  const where = place === '' ? '' : ` with the socket ${place}`
  const reach = place === '' ? 'its socketPath' : `socketPath: ${JSON.stringify(place)}`
  return `The tmux server with pid ${pid} runs${where}. To use its sessions, give the host ${reach}; if the file of that socket is gone, \`kill -USR1 ${pid}\` creates it again. To end them, \`kill ${pid}\`.`
}
