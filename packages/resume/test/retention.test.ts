import { expect, test } from 'vitest'
import { beyond, keptScreen, mostEnded } from '../src/index.ts'

test('the records that expire first are beyond the most that are kept, then those last used the longest ago', () => {
  const [silent, early, late, busy] = [
    { lastActivityAt: 1, expiresAt: 20 },
    { lastActivityAt: 3, expiresAt: 10 },
    { lastActivityAt: 4, expiresAt: 11 },
    { lastActivityAt: 2, expiresAt: 20 },
  ]
  const all = [silent, early, late, busy]
  expect(beyond(all, 4)).toEqual([])
  expect(beyond(all, 2)).toEqual([late, early])
  expect(beyond(all, 1)).toEqual([silent, late, early])
})

test('as many ended sessions are kept as one reboot can end, unless the options say otherwise', () => {
  expect(mostEnded({ most: undefined }, 50)).toBe(200)
  expect(mostEnded({ most: undefined }, 300)).toBe(300)
  expect(mostEnded({ most: 2 }, 300)).toBe(2)
})

test('a screen is redacted, and cut to lines and bytes without cutting a character', () => {
  const options = { screenLines: 2, screenBytes: 6, redact: (text: string) => text.replace('secret', '***') }
  expect(keptScreen('one\ntwo\nsecret', undefined, { ...options, screenBytes: 100 })).toBe('two\n***')
  expect(keptScreen('äöü€', undefined, options)).toBe('ü€'.slice(-2))
  expect(keptScreen('a', undefined, { ...options, screenLines: 0 })).toBeUndefined()
})

test('a screen is kept without the values of the variables of its command', () => {
  const env = { TOKEN: 'sk-12', LONGER: 'sk-1234', SHORT: 'a', NONE: undefined }
  const options = { screenLines: 9, screenBytes: 100 }
  expect(keptScreen('a sk-1234, sk-12', env, options)).toBe('a ***, ***')
})
