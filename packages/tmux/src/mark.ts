import { randomBytes } from 'node:crypto'

/** A word that is in no output unless this call put it there. Safe in formats, and as a buffer name. */
export function newMark(): string {
  return `sk-${randomBytes(12).toString('hex')}`
}
