import { ConfigError } from '@sessionkeep/contracts'

/** Parses the JSON of a file. The error has file and line, and no part of the text, which may contain a password. @throws `CONFIG_UNREADABLE` */
export function parseJson(file: string, text: string): unknown {
  const json = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(json)
  } catch {
    // The engine's error is not the cause, because it repeats a part of the text.
    const { line, column, expected } = jsonFault(json) ?? { line: 1, column: 1, expected: 'JSON' }
    throw new ConfigError('CONFIG_UNREADABLE', `${file}:${line}:${column} is not JSON: expected ${expected} there.`, {
      context: { file, line, column },
    })
  }
}

const SPACE = '[ \\t\\n\\r]*'
const STRING = '"(?:[^"\\\\\\p{Cc}]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
const OTHER = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?(?![\\w.])|true\\b|false\\b|null\\b'
const TOKEN = new RegExp(`${SPACE}(?:([{}[\\],:])|(${STRING})|(${OTHER}))`, 'uy')
const END = /^[ \t\n\r]*/

type Expected = 'a value' | 'a name in double quotes' | '":"' | '"," or the end' | 'nothing more'

/**
 * Finds where a text stops being JSON, and what was expected there; undefined when the text is JSON. The engine's own message
 * cannot be used, because it repeats a part of the text, and some engines give no line.
 */
export function jsonFault(text: string): { line: number; column: number; expected: string } | undefined {
  const open: string[] = []
  let expected: Expected = 'a value'
  let first = false
  let at = 0
  const after = (): Expected => (open.length > 0 ? '"," or the end' : 'nothing more')

  for (;;) {
    TOKEN.lastIndex = at
    const [whole, mark, string, other] = TOKEN.exec(text) ?? []
    if (whole === undefined) break
    const next: Expected | undefined = step(mark, string, other)
    if (next === undefined) break
    expected = next
    at += whole.length
  }
  const rest = END.exec(text.slice(at))?.[0].length ?? 0
  if (expected === 'nothing more' && at + rest === text.length) return undefined
  const before = text.slice(0, at + rest).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected }

  function step(mark?: string, string?: string, other?: string): Expected | undefined {
    const wasFirst = first
    first = false
    if (mark === '}' || mark === ']') {
      const closes = open.at(-1) === (mark === '}' ? '{' : '[')
      const mayClose = expected === '"," or the end' || wasFirst
      if (!closes || !mayClose) return undefined
      open.pop()
      return after()
    }
    if (expected === 'a value') {
      if (string !== undefined || other !== undefined) return after()
      if (mark !== '{' && mark !== '[') return undefined
      open.push(mark)
      first = true
      return mark === '{' ? 'a name in double quotes' : 'a value'
    }
    if (expected === 'a name in double quotes') return string === undefined ? undefined : '":"'
    if (expected === '":"') return mark === ':' ? 'a value' : undefined
    if (expected === '"," or the end' && mark === ',')
      return open.at(-1) === '{' ? 'a name in double quotes' : 'a value'
    return undefined
  }
}
