import { expect, test } from 'vitest'
import { beyond, keptScreen } from '../src/index.ts'

test('the sessions that were last used the longest ago are beyond the most that are kept', () => {
  const all = [3, 1, 2].map((lastActivityAt) => ({ lastActivityAt }))
  expect(beyond(all, { most: 2 })).toEqual([{ lastActivityAt: 1 }])
  expect(beyond(all, { most: 3 })).toEqual([])
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
