/** The stamp that a pool puts on each session that it creates. */
export interface Stamp {
  readonly pool: string
  readonly workspace: string
  readonly createdAt: number
}

export const STAMP_OPTION = '@sessionkeep_stamp'

// For a session without the option, tmux shows the global option or environment variable of that name. The
// incarnation inside the value shows whether it is the session's own.
const INCARNATION_FORMAT = '#{pid}.#{start_time}.#{session_id}'
const TEXT = /^1:(\d+\.\d+\.\$\d+):([A-Za-z0-9_-]+)$/

/**
 * Returns a value for `set-option -F`, which fills in the incarnation. Any strings are safe in it, even lone
 * surrogates.
 */
export function stampFormat({ pool, workspace, createdAt }: Stamp): string {
  const content = Buffer.from(JSON.stringify([pool, workspace, createdAt])).toString('base64url')
  return `1:${INCARNATION_FORMAT}:${content}`
}

/** Parses a stamp; undefined when `text` is not a stamp of this incarnation. Never throws. */
export function parseStamp(text: string, incarnation: string): Stamp | undefined {
  const [, of, content] = TEXT.exec(text) ?? []
  if (of !== incarnation || content === undefined) return undefined
  try {
    const [pool, workspace, createdAt]: unknown[] = JSON.parse(Buffer.from(content, 'base64url').toString())
    if (typeof pool !== 'string' || typeof workspace !== 'string' || !Number.isSafeInteger(createdAt)) return undefined
    return { pool, workspace, createdAt: Number(createdAt) }
  } catch {
    return undefined
  }
}
