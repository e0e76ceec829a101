import type { SessionRow } from './rows.ts'

/** The panes of the sessions that this host has seen. */
export interface PaneCache {
  note(row: SessionRow): void
  /** Forgets all but these. */
  keep(rows: readonly SessionRow[]): void
  of(incarnation: string): string | undefined
}

export function createPaneCache(): PaneCache {
  let known = new Map<string, string>()
  const add = ({ session: { incarnation }, pane }: SessionRow): void => {
    if (incarnation !== undefined && pane !== undefined) known.set(incarnation, pane)
  }
  return {
    note: add,
    keep(rows) {
      known = new Map()
      for (const row of rows) add(row)
    },
    of: (incarnation) => known.get(incarnation),
  }
}
