import { formatIncarnation, parseIncarnation } from './incarnation.ts'
import { type PaneProcess, paneProcess } from './pane-process.ts'
import type { SessionRow } from './rows.ts'

/** Remembers which pane belongs to each session that this host has seen. */
export interface PaneCache {
  /** Adds a new session. `mark` is in the arguments of its launch script. */
  add(row: SessionRow, mark?: string): void
  /** Replaces everything remembered by these rows. */
  replaceAll(rows: readonly SessionRow[]): void
  /** The pane of a session; undefined when it is not known. */
  of(incarnation: string): string | undefined
  /** The process of that pane; undefined when it is not known. */
  process(incarnation: string): PaneProcess | undefined
  /** The processes of all panes that are known. */
  processes(): readonly PaneProcess[]
  /**
   * The ids that the next session and its pane get if nobody else makes one before; undefined while no session was seen. tmux
   * counts both upwards while its server lives.
   */
  next(): { readonly incarnation: string; readonly pane: string } | undefined
}

interface KnownPane {
  readonly pane: string
  readonly pid: number | undefined
  readonly process: PaneProcess | undefined
}

/** The number in an id such as `$3` or `%5`. */
const numberOf = (id = ''): number => Number(id.slice(1))

export function createPaneCache(isRemote = false): PaneCache {
  let known = new Map<string, KnownPane>()
  /** The highest numbers that were seen on the latest server. */
  let latest: { readonly server: string; readonly session: number; readonly pane: number } | undefined
  const add = ({ session: { incarnation }, pane, pid, server }: SessionRow, before = known, mark?: string): void => {
    if (incarnation === undefined || pane === undefined) return
    const same = before.get(incarnation)
    // Where tmux runs elsewhere, process ids are those of that place.
    const process = isRemote || pid === undefined ? undefined : paneProcess(pid, server, mark)
    known.set(incarnation, same?.pane === pane && same.pid === pid ? same : { pane, pid, process })
    const highest = latest?.server === server ? latest : { session: 0, pane: 0 }
    latest = {
      server,
      session: Math.max(highest.session, numberOf(parseIncarnation(incarnation)?.id)),
      pane: Math.max(highest.pane, numberOf(pane)),
    }
  }
  return {
    add: (row, mark) => add(row, known, mark),
    replaceAll(rows) {
      const before = known
      known = new Map()
      for (const row of rows) add(row, before)
    },
    of: (incarnation) => known.get(incarnation)?.pane,
    processes: () => [...known.values()].flatMap((pane) => pane.process ?? []),
    process: (incarnation) => known.get(incarnation)?.process,
    next() {
      if (!latest) return undefined
      const id = `$${latest.session + 1}`
      return { incarnation: formatIncarnation({ server: latest.server, id }), pane: `%${latest.pane + 1}` }
    },
  }
}
