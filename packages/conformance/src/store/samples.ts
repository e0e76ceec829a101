/** Names that some stores have confused, lost or failed on. */
export const HOSTILE_NAMES: readonly string[] = [
  ...['a', 'A', 'a/b', 'a_b', 'a:b', 'a::b', 'a.b', 'a b', 'a%2fb', 'a%b', 'a\\b'],
  ...['..', '.', '../evil', '/etc/passwd', '..:..:x', '....//etc', '~', '-rf', '$HOME', '`id`', ';', '|', '"', "'"],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', '0', 'false', 'NaN'],
  ...['CON', 'nul', 'trailing.', 'trailing ', ' leading', '.lock', 'x.tmp', 'x.json', 'x.corrupt-1', '*', '?', '[a]'],
  ...['%', '_', '{a}', 'a,b', 'a=b', 'a\nb', 'a\rb', 'a\tb', '\u001b[2J', '\u007f', '\ufeff', '\u200b'],
  ...['caf\u00e9', 'cafe\u0301', '\u6f22\u5b57', '\u{1f600}', '\u0130', '\u0131', '\u00df', 'SS', 'ss'],
  ...['x'.repeat(300), `${'x'.repeat(299)}y`, '\u6f22'.repeat(200)],
]

/** Names that every store refuses. */
export const REFUSED_NAMES: readonly string[] = ['', 'a\0b', '\ud800', 'a\udc00b', '\udfff\ud800']

/** A record with every field that core writes, and one unknown field. */
export function fullRecord(sessionName: string): Record<string, unknown> {
  return {
    sessionName,
    workspace: 'demo',
    createdAt: 1_700_000_000_123,
    lastActivityAt: 1_700_000_009_876,
    totalRequests: 42,
    status: 'draining',
    incarnation: '1234.1700000000.$7',
    pool: 'claude-',
    revision: 17,
    run: '7f1c9a52',
    attributes: { chatId: -100_123, cwd: '/tmp/ a b', tags: ['x', '', null], nested: { deep: [[], {}] } },
    expiresAt: 1_800_000_000_000,
    schemaVersion: 1,
    unknownField: { kept: true },
  }
}

/** Values that some stores have changed. Each is plain JSON. */
export function hostileValues(): Record<string, unknown> {
  return {
    strings: [...HOSTILE_NAMES, '', '\0', 'a\0b', '\ud800', '\u2028\u2029', '</script>', '1e3', '2020-01-01'],
    numbers: [0, -1, 0.1, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    falsy: [false, 0, '', null, [], {}],
    keys: JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"":3,"a.b":4,"$set":5,"a/b":6}') as unknown,
    long: 'x'.repeat(64 * 1024),
    deep: Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 'bottom'),
  }
}

/** Makes `count` records; each contains its own name. */
export function numbered(count: number, prefix = 'n'): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`${prefix}${at}`, { sessionName: `${prefix}${at}`, at }]),
  )
}
