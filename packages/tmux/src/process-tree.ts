import { HostError } from '@sessionkeep/contracts/host'
import type { TmuxClient } from './client.ts'
import type { Deadline } from './deadline.ts'

/** Identifies a process by its id and start time, because the system reuses ids. */
export interface ProcessIdentity {
  readonly pid: string
  readonly startTime: string
}

/**
 * Prints every process as "pid parent session startTime state". /proc comes first, since the ps of small images lacks
 * these columns.
 */
const LIST = `
if [ -r /proc/self/stat ]; then
  cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\\([0-9]*\\) (.*) \\([A-Za-z]\\) \\([0-9]*\\) [0-9]* \\([0-9]*\\) \\(.*\\)$/\\1 \\3 \\4 \\2 \\5/p' |
    awk '{ print $1, $2, $3, $20, $4 }'
else
  LC_ALL=C ps -A -o pid= -o ppid= -o sess= -o lstart= -o stat= | awk '{ print $1, $2, $3, $4"_"$5"_"$6"_"$7"_"$8, $9 }'
fi`

const SIGNAL = `
signal=$1; shift
for pid in "$@"; do kill -s "$signal" "$pid" 2>/dev/null; done; :`

interface ProcessRow extends ProcessIdentity {
  readonly parent: string
  readonly session: string
}

async function processes(client: TmuxClient, deadline: Deadline): Promise<ProcessRow[]> {
  const { stdout } = await client.run('processes', ['sh', '-c', LIST], { deadline })
  const rows = stdout.split('\n').flatMap((line) => {
    const [pid, parent, session, startTime, state] = line.split(' ')
    return pid && parent && session && startTime && state && !state.startsWith('Z')
      ? [{ pid, parent, session, startTime }]
      : []
  })
  if (rows.length === 0) throw new HostError('HOST_UNAVAILABLE', 'neither /proc nor ps lists processes')
  // A gateway that runs in one of its sessions does not end itself.
  return rows.filter(({ pid }) => pid !== String(process.pid))
}

/** Returns some processes and their descendants. */
function withDescendants(rows: readonly ProcessRow[], from: readonly ProcessRow[]): ProcessIdentity[] {
  const children = new Map<string, ProcessRow[]>()
  for (const row of rows) children.set(row.parent, [...(children.get(row.parent) ?? []), row])
  const tree = new Map(from.map((row) => [row.pid, row]))
  for (const { pid: parent } of tree.values()) {
    for (const child of children.get(parent) ?? []) tree.set(child.pid, child)
  }
  return [...tree.values()].map(({ pid, startTime }) => ({ pid, startTime }))
}

/**
 * Returns the process of a pane and all that it started: its descendants, and every process in its terminal session.
 */
export async function processTree(client: TmuxClient, pid: string, deadline: Deadline): Promise<ProcessIdentity[]> {
  const rows = await processes(client, deadline)
  return withDescendants(
    rows,
    rows.filter((row) => row.pid === pid || row.session === pid),
  )
}

/**
 * Returns the processes of `tree` that still run, with their descendants of now: a program that watches over another one starts
 * it again when that has ended.
 */
export async function stillRunning(
  client: TmuxClient,
  tree: readonly ProcessIdentity[],
  deadline: Deadline,
): Promise<ProcessIdentity[]> {
  const rows = await processes(client, deadline)
  const startTimes = new Map(tree.map(({ pid, startTime }) => [pid, startTime]))
  return withDescendants(
    rows,
    rows.filter(({ pid, startTime }) => startTimes.get(pid) === startTime),
  )
}

/** Sends a signal to every process of `tree`. A process that has ended is skipped. */
export async function signalAll(
  client: TmuxClient,
  tree: readonly ProcessIdentity[],
  signal: 'HUP' | 'TERM' | 'KILL',
  deadline: Deadline,
): Promise<void> {
  await client.run('signal', ['sh', '-c', SIGNAL, 'sh', signal, ...tree.map(({ pid }) => pid)], { deadline })
}
