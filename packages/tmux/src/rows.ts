import type { HostSession } from '@sessionkeep/core'
import { formatIncarnation } from './incarnation.ts'
import { parseStamp, STAMP_OPTION } from './stamp.ts'

const FACTS =
  '#{pid}.#{start_time} #{session_id} #{session_created} #{session_activity} #{session_attached} #{W:#{window_activity}/#{P:#{pane_dead}}|}'

/**
 * A session as a row of three fields. Option values and, on some tmux, names come out raw, newlines included: `mark`, which is random for
 * every call, opens and closes each field, so that nobody can forge one.
 */
export function rowFormat(mark: string): string {
  return `${mark}${FACTS}${mark}#{${STAMP_OPTION}}${mark}#{session_name}${mark}`
}

interface Row {
  readonly server: string
  readonly session: HostSession
}

const SECOND = 1000

function parseRow(facts: string, stampText: string, sessionName: string): Row | undefined {
  const [server, id, created, activity, attached, windows] = facts.split(' ')
  if (!server || !id || !created || !activity || !attached) return undefined
  const panes = (windows ?? '')
    .split('|')
    .filter(Boolean)
    .map((window) => window.split('/'))
  const times = [activity, ...panes.map(([time]) => time)].map(Number)
  const incarnation = formatIncarnation({ server, id })
  const stamp = parseStamp(stampText, incarnation)
  return {
    server,
    session: {
      sessionName,
      incarnation,
      createdAt: stamp?.createdAt ?? Number(created) * SECOND,
      createdAtSource: stamp ? 'stamp' : 'host',
      lastActivityAt: Math.max(...times.filter(Number.isFinite)) * SECOND,
      attached: attached !== '0',
      exited: panes.length > 0 && panes.every(([, dead]) => /^1+$/.test(dead ?? '')),
      ...(stamp && { pool: stamp.pool, workspace: stamp.workspace }),
    },
  }
}

export function parseRows(output: string, mark: string): Row[] {
  const rows: Row[] = []
  const [, ...fields] = output.split(mark)
  // Every fourth piece is the newline between two rows.
  for (let at = 0; at + 2 < fields.length; at += 4) {
    const row = parseRow(fields[at] ?? '', fields[at + 1] ?? '', fields[at + 2] ?? '')
    if (row) rows.push(row)
  }
  return rows
}
