import { randomBytes } from 'node:crypto'

/** Returns a random word that appears in no other output. It is safe in formats and as the name of a buffer. */
export function newMark(): string {
  return `sk-${randomBytes(12).toString('hex')}`
}
