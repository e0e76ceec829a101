import { HostError, type HostSession, type SessionEnd } from '@sessionkeep/contracts/host'
import { parseEnd } from './end.ts'
import { formatIncarnation } from './incarnation.ts'
import { PANE_OPTION, POOL_OPTION } from './pane-stamp.ts'
import { STAMP_OPTION, type Stamp, type Stamps } from './stamp.ts'

/** The longest name of a program that is shown, characters. */
const MAX_PROGRAM = 200

/** Only numbers and ids, so that no text chosen by a user or a program can pass for another field. */
const FACTS = [
  ...['#{pid}.#{start_time}', '#{session_id}', '#{session_created}', '#{session_activity}', '#{session_attached}'],
  ...['#{?session_group_attached,#{session_group_attached},0}', '#{window_activity}', '#{pane_id}', '#{pane_dead}'],
  ...['#{pane_pid}', '#{pane_dead_status},#{pane_dead_signal},#{pane_dead_time}'],
].join(' ')

/**
 * The format of one row: a pane and its session, in seven fields. Option values and, in some versions of tmux, names
 * are printed raw, with line breaks. So `mark`, which is random for every call, surrounds each field, and no value
 * can imitate it.
 */
export function rowFormat(mark: string): string {
  const options = [`#{${STAMP_OPTION}}`, `#{${PANE_OPTION}}`, `#{${POOL_OPTION}}`]
  return ['', FACTS, ...options, '#{session_group}', '#{session_name}', '#{pane_current_command}', ''].join(mark)
}

interface PaneRow {
  readonly server: string
  readonly sessionId: string
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly isAttached: boolean
  readonly pane: string
  readonly isDead: boolean
  readonly pid: number
  /** How its command ended; undefined while it runs. */
  readonly end: SessionEnd | undefined
  /** The stamp of the pane; where the pane has none, tmux shows that of the session. */
  readonly stampText: string
  /** The option by which the session names its pane. */
  readonly paneText: string
  /** The pool that the session was made for. */
  readonly poolText: string
  readonly group: string
  readonly sessionName: string
  /** The program that has the terminal of the pane. */
  readonly program: string
}

/** A session and its pane. */
export interface SessionRow {
  readonly server: string
  readonly session: HostSession
  /** Undefined when its pane has been closed. */
  readonly pane: string | undefined
  /** The process of its pane; undefined when it has ended. */
  readonly pid: number | undefined
}

const SECOND = 1000

/** The longest id of a pool that is believed, characters. */
const MAX_POOL = 1000

/** The most characters of a name that a longer one begins with, so that the longer one is a valid name too. */
const LONGEST_BASE = 170

const isPool = (text: string): boolean => text !== '' && text.length <= MAX_POOL

const SERVER = /^\d+\.\d+$/
const SESSION = /^\$\d+$/
const PANE = /^%\d+$/
const NUMBER = /^\d+$/

/** @throws `HOST_UNAVAILABLE` for a row that cannot be parsed: its session may live, so that the listing proves nothing. */
function parsePaneRow(fields: readonly string[]): PaneRow {
  const [facts = '', stampText = '', paneText = '', poolText = '', group = '', sessionName = '', program = ''] = fields
  const [server = '', sessionId = '', created = '', activity = '', attached, groupAttached, windowActivity, ...own] =
    facts.split(' ')
  const [pane = '', dead, pid, end = ''] = own
  const isRow = SERVER.test(server) && SESSION.test(sessionId) && PANE.test(pane) && sessionName !== ''
  if (!isRow || !NUMBER.test(created) || !NUMBER.test(activity)) {
    throw new HostError('HOST_UNAVAILABLE', 'tmux list-panes: a row of the answer cannot be read', {
      context: { facts: facts.slice(0, 200) },
    })
  }
  const times = [activity, windowActivity].map(Number).filter(Number.isFinite)
  return {
    ...{ server, sessionId, pane, stampText, paneText, poolText, group, sessionName },
    program: program.replace(/\p{Cc}/gu, '').slice(0, MAX_PROGRAM),
    createdAt: Number(created) * SECOND,
    lastActivityAt: Math.max(...times) * SECOND,
    isAttached: (attached !== '0' && attached !== '') || Number(groupAttached) > 0,
    isDead: dead === '1',
    pid: Number(pid),
    end: dead === '1' ? parseEnd(end) : undefined,
  }
}

function parsePaneRows(output: string, mark: string): PaneRow[] {
  const rows: PaneRow[] = []
  const [, ...fields] = output.split(mark)
  // Every eighth part is the line break between two rows.
  for (let at = 0; at + 6 < fields.length; at += 8) {
    rows.push(parsePaneRow(fields.slice(at, at + 7)))
  }
  return rows
}

const paneNumber = (pane: string): number => Number(pane.slice(1))
const first = (rows: readonly PaneRow[]): PaneRow | undefined =>
  rows.reduce<PaneRow | undefined>(
    (least, row) => (least === undefined || paneNumber(row.pane) < paneNumber(least.pane) ? row : least),
    undefined,
  )
const isSeen = ({ isAttached }: PaneRow): boolean => isAttached
const incarnationOf = ({ server, sessionId }: PaneRow): string => formatIncarnation({ server, id: sessionId })

/**
 * Parses the sessions from a listing of panes. The pane of a session is the one that its stamp names, wherever it is
 * now. A session without a stamp has the pane that it names itself, or else its oldest; it cannot have the pane of
 * another. Further members of a session group are only views: they are left out, but their clients count as attached.
 */
export function parseRows(output: string, mark: string, stamps: Stamps): SessionRow[] {
  const rows = parsePaneRows(output, mark)
  const bySession = new Map<string, PaneRow[]>()
  for (const row of rows) {
    const panes = bySession.get(incarnationOf(row))
    if (panes) panes.push(row)
    else bySession.set(incarnationOf(row), [row])
  }
  // A stamp is valid only on the session and the pane that it names. Anywhere else it is a copy.
  const stamped = new Map<string, Stamp>()
  for (const row of rows) {
    const stamp = stamps.read(row.stampText)
    if (stamp && (stamp.incarnation === incarnationOf(row) || isPaneOf(stamp, row)))
      stamped.set(stamp.incarnation, stamp)
  }
  const views = viewsOf(rows, stamped)
  const listing = listingOf(rows, stamped, stamps)
  const present = [...bySession]
    .filter(([incarnation]) => !views.has(incarnation))
    .map(([incarnation, panes]) => presentSession(incarnation, panes, listing))
  const moved = [...stamped].flatMap(([incarnation, stamp]) => {
    const row = listing.byPane.get(paneOf(stamp))
    return row && !bySession.has(incarnation) ? [movedSession(row, stamp)] : []
  })
  return [...present, ...underOwnNames(moved, present)]
}

/**
 * A session whose last window was moved has no name in tmux. It keeps that of its stamp unless another session has it now, since
 * two living sessions of one name would have one record. Of several with the same name, the latest keeps it.
 */
function underOwnNames(moved: readonly SessionRow[], present: readonly SessionRow[]): SessionRow[] {
  const taken = new Set(present.map(({ session }) => session.sessionName))
  return moved
    .map((row) => ({ row, id: Number(row.session.incarnation?.split('$')[1]) }))
    .sort((a, b) => b.id - a.id)
    .map(({ row, id }) => {
      const sessionName = freeName(row.session.sessionName, id, taken)
      taken.add(sessionName)
      return { ...row, session: { ...row.session, sessionName } }
    })
}

function freeName(name: string, id: number, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  const own = `${name.slice(0, LONGEST_BASE)}-moved-${id}`
  if (!taken.has(own)) return own
  for (let more = 2; ; more += 1) if (!taken.has(`${own}-${more}`)) return `${own}-${more}`
}

/** Looks up rows and stamps by pane: comparing each of 2,000 sessions with each row would take half a second. */
function listingOf(rows: readonly PaneRow[], stamped: ReadonlyMap<string, Stamp>, stamps: Stamps): Listing {
  const byPane = new Map<string, PaneRow>()
  for (const row of rows) if (!byPane.has(placeOfRow(row))) byPane.set(placeOfRow(row), row)
  return {
    ...{ stamped, stamps, byPane, taken: new Set([...stamped.values()].map(paneOf)) },
    ...{ panes: new Set(rows.map(({ pane }) => pane)), seen: new Set(rows.filter(isSeen).map(({ pane }) => pane)) },
  }
}

/** The server and the pane of a row, and of a stamp. */
const placeOfRow = ({ server, pane }: PaneRow): string => `${server} ${pane}`
const paneOf = ({ incarnation, pane }: Stamp): string => `${incarnation.slice(0, incarnation.lastIndexOf('.'))} ${pane}`

const isPaneOf = ({ incarnation, pane }: Stamp, row: PaneRow): boolean =>
  row.pane === pane && incarnation.startsWith(`${row.server}.`)

/** The views among sessions that share their windows: all but the stamped ones or, if none is stamped, all but the oldest. */
function viewsOf(rows: readonly PaneRow[], stamped: ReadonlyMap<string, Stamp>): ReadonlySet<string> {
  const groups = new Map<string, Map<string, PaneRow>>()
  for (const row of rows) {
    if (row.group === '') continue
    const members = groups.get(row.group) ?? new Map<string, PaneRow>()
    groups.set(row.group, members.set(incarnationOf(row), row))
  }
  const views = new Set<string>()
  for (const members of groups.values()) {
    const own = [...members.keys()].filter((incarnation) => stamped.has(incarnation))
    const [oldest] = [...members.keys()].sort((a, b) => Number(a.split('$')[1]) - Number(b.split('$')[1]))
    const kept = new Set(own.length > 0 ? own : [oldest])
    for (const incarnation of members.keys()) if (!kept.has(incarnation)) views.add(incarnation)
  }
  return views
}

function presentSession(incarnation: string, panes: readonly PaneRow[], listing: Listing): SessionRow {
  const { byPane, stamped, stamps, seen } = listing
  const [any] = panes as [PaneRow, ...PaneRow[]]
  const stamp = stamped.get(incarnation)
  const own = stamp ? byPane.get(paneOf(stamp)) : unstampedPane(incarnation, panes, listing)
  const fault = stamp ? undefined : stamps.faultOf(any.stampText, incarnation)
  return {
    server: any.server,
    pane: own?.pane,
    pid: own?.isDead ? undefined : own?.pid,
    session: {
      sessionName: any.sessionName,
      incarnation,
      createdAt: stamp?.createdAt ?? any.createdAt,
      createdAtSource: stamp && !stamp.takenIn ? 'stamp' : 'host',
      lastActivityAt: Math.max(...panes.map(({ lastActivityAt }) => lastActivityAt)),
      attached: panes.some(isSeen) || (own !== undefined && seen.has(own.pane)),
      exited: own === undefined || own.isDead,
      ...processOf(own),
      ...(stamp && { pool: stamp.pool, workspace: stamp.workspace }),
      ...(stamp?.resumes !== undefined && { resumes: stamp.resumes }),
      ...(stamp?.takenIn && { takenIn: true }),
      ...(fault !== undefined && { stampFault: fault }),
      ...(!stamp && isPool(any.poolText) && { madeFor: any.poolText }),
      // Reported only if a pool created the session: the pool closes such a pane later, but not one of a session that was taken in.
      ...(stamp && !stamp.takenIn && own?.end && { end: own.end }),
    },
  }
}

/** The process of a pane and the program that has its terminal; nothing once its command has ended. */
function processOf(row: PaneRow | undefined): Pick<HostSession, 'pid' | 'foreground'> {
  if (row === undefined || row.isDead || !(row.pid > 0)) return {}
  return { pid: row.pid, ...(row.program !== '' && { foreground: row.program }) }
}

/** All panes, and the stamps that are believed. */
interface Listing {
  /** The first row of each pane, by server and pane. */
  readonly byPane: ReadonlyMap<string, PaneRow>
  /** The ids of all panes. */
  readonly panes: ReadonlySet<string>
  /** The ids of the panes that a client shows. */
  readonly seen: ReadonlySet<string>
  /** The panes of sessions with a stamp, by server and pane. */
  readonly taken: ReadonlySet<string>
  readonly stamped: ReadonlyMap<string, Stamp>
  readonly stamps: Stamps
}

/** The pane of a session without a stamp. The pane of a stamped session does not count, even if linked into or named by this one. */
function unstampedPane(
  incarnation: string,
  panes: readonly PaneRow[],
  { panes: listed, taken, stamps }: Listing,
): PaneRow | undefined {
  const free = panes.filter((row) => !taken.has(placeOfRow(row)))
  const named = panes.map(({ paneText }) => stamps.readPane(paneText, incarnation)).find(Boolean)
  const isElsewhere = named !== undefined && listed.has(named) && !free.some(({ pane }) => pane === named)
  return named === undefined || isElsewhere ? first(free) : free.find(({ pane }) => pane === named)
}

/** A session whose last window was moved into another session. It goes on in that window. */
function movedSession(
  row: PaneRow,
  { incarnation, sessionName, pool, workspace, createdAt, takenIn, resumes }: Stamp,
): SessionRow {
  return {
    server: row.server,
    pane: row.pane,
    pid: row.isDead ? undefined : row.pid,
    session: {
      ...{ sessionName, incarnation, createdAt, pool, workspace },
      createdAtSource: takenIn ? 'host' : 'stamp',
      ...(takenIn && { takenIn }),
      ...(resumes !== undefined && { resumes }),
      lastActivityAt: row.lastActivityAt,
      attached: row.isAttached,
      exited: row.isDead,
      ...processOf(row),
      ...(!takenIn && row.end && { end: row.end }),
    },
  }
}
