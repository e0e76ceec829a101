const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Keeps a number and its unit in one line. */
const NBSP = '\u00a0'

/** A span of time for people: `8 s`, `5 min`, `3 h 20 min`, `4 d 2 h`. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}${NBSP}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}${NBSP}min`
  if (ms < DAY) return pair(ms, HOUR, 'h', MINUTE, 'min')
  return pair(ms, DAY, 'd', HOUR, 'h')
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)}${NBSP}${largeName}${rest > 0 ? ` ${rest}${NBSP}${smallName}` : ''}`
}

/** How far behind something is: `0 ms`, `850 ms`, `3.2 s`, else as a span. */
export function lag(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)}${NBSP}ms`
  return ms < MINUTE ? `${(ms / SECOND).toFixed(1)}${NBSP}s` : duration(ms)
}

/** A count with its word: `1 session`, `2 sessions`. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
}

/** A time of day, with the date if it is not today's. */
export function clock(at: number, now: number): string {
  const date = new Date(at)
  const time = date.toLocaleTimeString('en-GB')
  return new Date(now).toDateString() === date.toDateString() ? time : `${date.toLocaleDateString('en-CA')} ${time}`
}

/** Writes words as a line that a shell reads back as these words. A word that begins with `=` is quoted, since zsh takes it for the path of a command. */
export function shellLine(words: readonly string[]): string {
  const isPlain = (word: string) => /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)
  return words.map((word) => (isPlain(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
