import { expect, test } from 'vitest'
import { redactFields } from '../../src/errors/redact-fields.ts'

const KEY = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  ...['b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2', 'AQID'],
  '-----END OPENSSH PRIVATE KEY-----',
]
const HASH = 'integrity sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=='
const WORDS = 'words of the build log, which says what was done'

/** The lines of a last screen as a session's fields show them. */
function linesOf(lines: readonly string[]): string[] {
  const { ended } = redactFields({ sessionName: 's', ended: { screen: lines.join('\n') } }) as {
    ended: { screen: string }
  }
  return ended.screen.split('\n')
}

test.each([
  ['a hash far above it', [HASH, '$ npm test', ' 12 tests ok', '$ git status', '$ cat k']],
  ['a path above it', ['/home/user/Projects/Gateway2026/packages/core/src/pool', '$ make', 'all is done', '$ cat k']],
  ['many lines above it', [HASH, ...Array<string>(130).fill(WORDS), '$ cat k']],
  ['as many lines above it as two parts have', [HASH, ...Array<string>(200).fill(WORDS), '$ cat k']],
])('a private key on a screen is masked with %s, which are shown', (_, above) => {
  const shown = linesOf([...above, ...KEY, '$ exit'])
  expect(shown.slice(0, above.length)).toEqual(above)
  expect(shown.slice(above.length)).toEqual([`${KEY[0]}***${KEY[3]}`, '$ exit'])
})

test('a private key is masked wherever the screen is cut into parts', () => {
  for (let above = 60; above < 90; above += 1) {
    const lines = [HASH, ...Array<string>(above).fill(WORDS)]
    const long = Array.from({ length: 40 }, (_, at) => `${KEY[1]?.slice(at % 9)}${at}`)
    for (const key of [KEY, [KEY[0] ?? '', ...long, ...long, ...long, KEY[3] ?? '']]) {
      const shown = linesOf([...lines, ...key, '$ exit'])
      expect(shown.slice(0, lines.length)).toEqual(lines)
      for (const line of key.slice(1, -1)) expect(shown.join('\n')).not.toContain(line)
      expect(shown.at(-1)).toBe('$ exit')
    }
  }
})

test('an end of a private key at the beginning of a part masks the lines above it', () => {
  for (let above = 60; above < 90; above += 1) {
    const lines = [...Array<string>(above).fill(WORDS), ...KEY.slice(1), ...Array<string>(20).fill(WORDS)]
    const shown = linesOf(lines)
    expect(shown.join('\n')).not.toContain(KEY[1])
    expect(shown).not.toContain(KEY[2])
    expect(shown.filter((line) => line === WORDS)).toHaveLength(above + 20)
  }
})

test('icons on a screen stay as they are', () => {
  expect(linesOf(['x: \ue00a icon \ue01b[2J', '$ token: abc'])).toEqual(['x: \ue00a icon \ue01b[2J', '$ token: ***'])
})

/** The processor time of a screen of one line again and again: the median of several measurements, so that other work does no harm. */
function workOf(line: string): number {
  const screen = `${line}\n`.repeat(64_000 / (line.length + 1))
  const measured = Array.from({ length: 5 }, () => {
    const began = process.cpuUsage()
    linesOf([screen])
    const { user, system } = process.cpuUsage(began)
    return user + system
  })
  return measured.sort((a, b) => a - b)[2] ?? 0
}

test.each(['x', 'a:', '1='])('a screen of lines %j is not searched line by line', (line) => {
  linesOf(['password: a'])
  expect(workOf(line) * 4).toBeLessThan(workOf('-a'))
})
