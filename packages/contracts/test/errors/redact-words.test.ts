import { expect, test } from 'vitest'
import { redactValue } from '../../src/errors/redact.ts'

test.each([
  ['one long word', ['word '.repeat(900)]],
  ['many words', Array.from({ length: 2000 }, (_, at) => `word${at}`)],
  ['a header', ['-H', 'Cookie: a=hunter2']],
])('a credential in the words of a command is masked with %s before or behind it', (_, others) => {
  const credential = ['redis-cli', '-a', 'hunter2', '--api-key', 'hunter2']
  for (const words of [
    [...credential, ...others],
    ['agent', ...others, ...credential, 'ping'],
    ['agent', ...others, ...credential, ...others],
  ]) {
    const shown = redactValue(words) as string[]
    expect(shown).toHaveLength(words.length)
    expect(shown.join(' ')).not.toContain('hunter2')
    expect(shown[0]).toBe(words[0])
    expect(redactValue(shown)).toBe(shown)
  }
})

test('a credential is masked wherever it is among many words', () => {
  for (let before = 0; before < 1200; before += 7) {
    const words = [...Array<string>(before).fill('word'), '--password', 'hunter2', ...Array<string>(900).fill('word')]
    expect(redactValue(words)).toEqual(words.with(before + 1, '***'))
  }
})

test('a long word that is a credential is masked, and a long word beside it is shown', () => {
  const [long, other] = ['hunter2'.repeat(200), 'harmless '.repeat(200)]
  expect(redactValue(['agent', '--api-key', long, '--prompt', other])).toEqual([
    ...['agent', '--api-key', '***', '--prompt', other],
  ])
  expect(redactValue(['mysql', `-p${long}`, other])).toEqual(['mysql', '-p***', other])
})

test('characters of a private use stay, and never become controls', () => {
  const icons = 'a: \ue00a b \ue01b[2J \ue020\ue060'
  expect(redactValue([icons, 'c'])).toEqual([icons, 'c'])
  expect(redactValue([icons, '--password', 'hunter2'])).toEqual([icons, '--password', '***'])
  const [, shown] = redactValue(['curl', `-ua: \ue00a\ue01b[2J b`, 'x']) as string[]
  expect(shown).not.toMatch(/\n|\p{Cc}/u)
})
