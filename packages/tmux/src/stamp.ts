import { createHmac, timingSafeEqual } from 'node:crypto'
import type { StampKey } from './stamp-key.ts'

/** What a stamp says of a session. Its signature covers all of it, so that a copy on another session or pane proves nothing. */
export interface Stamp {
  /** The session: server and session id. */
  readonly incarnation: string
  /** The pane of the session, such as `%5`. */
  readonly pane: string
  /** The name of the session when it was stamped. */
  readonly sessionName: string
  readonly pool: string
  readonly workspace: string
  readonly createdAt: number
  /** Whether the pool took the session in and did not create it. */
  readonly takenIn: boolean
  /** The incarnation of the ended session that it resumes; undefined if it resumes none. */
  readonly resumes?: string | undefined
}

/** The option with the stamp. It is set on the session and on its pane, which may be moved to another session. */
export const STAMP_OPTION = '@sessionkeep_stamp'

const INCARNATION = String.raw`\d+\.\d+\.\$\d+`
const TEXT = new RegExp(String.raw`^(2:(${INCARNATION}):(%\d+):([A-Za-z0-9_-]+)):([A-Za-z0-9_-]{43})$`)
const PANE_TEXT = new RegExp(String.raw`^(pane:(${INCARNATION}):(%\d+)):([A-Za-z0-9_-]{43})$`)
const ANY = new RegExp(`^\\d+:(${INCARNATION}):`)

/** Signs stamps, and reads those that were signed with the same key. */
export interface Stamps {
  /** The value of the option. It has no character that tmux would interpret. */
  textOf(stamp: Stamp): string
  /** Reads a stamp that this key has signed; undefined for any other text. Never throws. */
  read(text: string): Stamp | undefined
  /** The value of the option by which a session without a stamp names its pane. */
  paneTextOf(incarnation: string, pane: string): string
  /** Reads the pane that a session names as its own; undefined if this key has not signed that for this session. */
  readPane(text: string, incarnation: string): string | undefined
  /** Why a text is not believed as the stamp of a session; undefined when there is no text. */
  faultOf(text: string, incarnation: string): string | undefined
}

export function createStamps({ secret, fault }: StampKey): Stamps {
  const sign = (signed: string): string =>
    createHmac('sha256', secret).update(`sessionkeep stamp\n${signed}`).digest('base64url')
  const isSigned = (signed: string, signature: string): boolean =>
    timingSafeEqual(Buffer.from(sign(signed)), Buffer.from(signature))

  return {
    textOf({ incarnation, pane, sessionName, pool, workspace, createdAt, takenIn, resumes }) {
      // Earlier releases read five elements and ignore the sixth.
      const content = JSON.stringify(
        [pool, workspace, createdAt, sessionName, takenIn, resumes].slice(0, resumes === undefined ? 5 : 6),
      )
      const signed = `2:${incarnation}:${pane}:${Buffer.from(content).toString('base64url')}`
      return `${signed}:${sign(signed)}`
    },
    read(text) {
      const [, signed, incarnation, pane, content, signature] = TEXT.exec(text) ?? []
      if (!signed || !incarnation || !pane || !content || !signature || !isSigned(signed, signature)) return undefined
      // Only this code signs, so the content is as `textOf` wrote it.
      const [pool, workspace, createdAt, sessionName, takenIn, resumes] = JSON.parse(
        Buffer.from(content, 'base64url').toString(),
      )
      return { incarnation, pane, sessionName, pool, workspace, createdAt, takenIn, resumes }
    },
    paneTextOf(incarnation, pane) {
      const signed = `pane:${incarnation}:${pane}`
      return `${signed}:${sign(signed)}`
    },
    readPane(text, incarnation) {
      const [, signed, of, pane, signature] = PANE_TEXT.exec(text) ?? []
      return of === incarnation && signed && signature && isSigned(signed, signature) ? pane : undefined
    },
    faultOf(text, incarnation) {
      if (text === '') return undefined
      const of = ANY.exec(text)?.[1]
      if (of === undefined) return 'it is no stamp'
      if (of !== incarnation) return 'it is the stamp of another session'
      const why = fault === undefined ? '' : `; ${fault}`
      return `it is not signed with the key of this host, so the key was changed or the stamp is forged${why}`
    },
  }
}
