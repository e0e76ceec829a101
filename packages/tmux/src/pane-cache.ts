import type { SessionRow } from './rows.ts'

/** Remembers which pane belongs to each session that this host has seen. */
export interface PaneCache {
  add(row: SessionRow): void
  /** Replaces everything remembered by these rows. */
  replaceAll(rows: readonly SessionRow[]): void
  /** The pane of a session; undefined when it is not known. */
  of(incarnation: string): string | undefined
}

export function createPaneCache(): PaneCache {
  let known = new Map<string, string>()
  const add = ({ session: { incarnation }, pane }: SessionRow): void => {
    if (incarnation !== undefined && pane !== undefined) known.set(incarnation, pane)
  }
  return {
    add,
    replaceAll(rows) {
      known = new Map()
      for (const row of rows) add(row)
    },
    of: (incarnation) => known.get(incarnation),
  }
}
