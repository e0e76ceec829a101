import { redact, redactValue } from './redact.ts'

/** Fields with a session's name. They are not masked, since other requests are made with them. */
const NAMES = ['workspace', 'sessionName']
/** Fields that have a screen in them. */
const PARTS = ['ended']

/**
 * Masks what sounds like a secret in the fields of a session, of its record or of an event, and cuts long texts. A screen is masked,
 * but not cut. Names stay as they are.
 */
export function redactFields(given: object): object {
  const redacted = redactValue(given) as object
  if (redacted === given) return given
  const kept = Object.entries(given).flatMap(([key, value]): [string, unknown][] => {
    if (NAMES.includes(key)) return [[key, value]]
    if (PARTS.includes(key) && typeof value === 'object' && value !== null) return [[key, redactFields(value)]]
    if (key === 'screen') return [[key, maskedScreen(String(value))]]
    return []
  })
  return { ...redacted, ...Object.fromEntries(kept) }
}

/** The most characters of a part of a screen. A longer text would be cut where it is masked. */
const LONGEST_PART = 4000

/**
 * Masks a screen to its end: first parts of several lines, since a secret may go over more than one, and then its lines. A private
 * key is in several parts only as lines.
 */
function maskedScreen(screen: string): string {
  const parts: string[] = []
  for (let [from, to] = [0, 0]; to < screen.length; from = to + 1) {
    to = endOfPart(screen, from)
    parts.push(screen.slice(from, to))
  }
  const lines = parts.map(redact).join('\n').split('\n')
  return (redactValue(lines) as string[]).join('\n')
}

/** Where a part of a screen ends that begins at an index: at a line break, or at the end of the screen. */
function endOfPart(screen: string, from: number): number {
  if (screen.length - from <= LONGEST_PART) return screen.length
  const within = screen.lastIndexOf('\n', from + LONGEST_PART)
  const end = within < from ? screen.indexOf('\n', from) : within
  return end < 0 ? screen.length : end
}
