/** A source of random numbers that gives the same ones for the same seed. */
export interface Random {
  /** A whole number from 0 to below `below`. */
  int(below: number): number
  bool(probability?: number): boolean
  pick<T>(values: readonly [T, ...T[]]): T
}

/** Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    int,
    bool: (probability = 0.5) => next() < probability,
    pick: (values) => values[int(values.length)] as never,
  }
}

const TEXTS = [
  ...[
    '',
    'a',
    's',
    '__proto__',
    'constructor',
    'toString',
    '\0',
    '\ud800',
    '\u202e',
    '\ufeff',
    '🙂',
    "'",
    '"',
    '\\',
    '\n',
  ],
  ...[
    '../../x',
    '%00',
    '#{session_name}',
    'x'.repeat(300),
    'active',
    'idle',
    'memory',
    'file',
    'none',
    'redis://h',
    'NaN',
  ],
  ...['toJSON', 'then', 'length', 'status', 'attributes', 'createdAt', 'sessionName', 'revision', 'store', 'mirror'],
  ...['!bigint', '!circular', '!getter', '!proxy', '!deep', '!date', '!undefined', '!function', '!nan'],
] as [string, ...string[]]
const NUMBERS = [
  ...['0', '-0', '-1', '1', '1.5', '1e308', '1e400', '-1e400', '4503599627370496', '4503599627370497'],
  ...['9007199254740991', '9007199254740993', '8640000000000000', '8640000000000001', '1767225600000'],
] as [string, ...string[]]

export const textFrom = (random: Random): string => random.pick(TEXTS)

/** Makes a JSON text, with keys and numbers that programs stumble over. */
export function jsonFrom(random: Random, depth = 0): string {
  const items = (one: () => string): string => Array.from({ length: random.int(4) }, one).join(',')
  switch (random.int(depth > 3 ? 3 : 6)) {
    case 0:
      return random.pick(NUMBERS)
    case 1:
      return JSON.stringify(textFrom(random))
    case 2:
      return random.pick(['true', 'false', 'null', '[]', '{}'])
    case 3:
      return `[${items(() => jsonFrom(random, depth + 1))}]`
    case 4:
      if (depth === 0 && random.bool(0.1)) return deepFrom(random)
  }
  return `{${items(() => `${JSON.stringify(textFrom(random))}:${jsonFrom(random, depth + 1)}`)}}`
}

function deepFrom(random: Random): string {
  const levels = random.pick([99, 101, 499, 501, 3000, 20_000])
  return random.bool() ? '['.repeat(levels) + ']'.repeat(levels) : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
}

/** Changes a JSON object: fields are removed, replaced, added or repeated. */
export function changedObject(random: Random, fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields).map(([key, value]) => [key, JSON.stringify(value)] as [string, string])
  for (let change = random.int(4); change >= 0; change -= 1) {
    const at = random.int(parts.length + 1)
    const key = parts[at]?.[0] ?? textFrom(random)
    if (random.bool(0.3)) parts.splice(at, 1)
    else parts.splice(at, random.int(2), [random.bool(0.8) ? key : textFrom(random), jsonFrom(random)])
  }
  return `{${parts.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}

/** Cuts, repeats or garbles a text. */
export function damaged(random: Random, text: string): string {
  const at = random.int(text.length + 1)
  const to = at + random.int(text.length - at + 1)
  return random.pick([
    text.slice(0, at),
    text.slice(0, at) + text.slice(to),
    text + text.slice(at),
    text.slice(0, at) + textFrom(random) + text.slice(at),
    `\ufeff${text}`,
  ])
}
