import { expect, test } from 'vitest'
import { redact } from '../../src/errors/redact.ts'

test.each([
  'see https://github.com/@scope/pkg',
  'https://unpkg.com/react@18.2.0/umd and https://medium.com/@bob/post',
  'https://github.com/a/b/blob/main/x?ref=me@x',
  '[a](https://medium.com/@bob), <https://medium.com/@bob>',
  'http://localhost:3000/@vite/client and ws://[::1]:3000/@fs/x',
  'https://h?mail=a@b',
  'at x (webpack:///./node_modules/@acme/x.js:1:2)',
])('%j has an @ and no login', (text) => {
  expect(redact(text)).toBe(text)
})

test.each([
  ['https://token@github.com/@scope/pkg', 'https://***@scope/pkg'],
  ['https://u:p/w@h/x', 'https://***@h/x'],
  ['https://u:1234p/w@h/x', 'https://***@h/x'],
  ['https://u:p?w#x@h', 'https://***@h'],
  ['redis://u:1234/w@h', 'redis://***@h'],
  ['redis://h/1,redis://u:p@h', 'redis://h/1,redis://***@h'],
  ['https://h/@a/x?to=redis://u:p@h', 'https://h/@a/x?to=redis://***@h'],
  ['https://a.b/c,https://u:p@h/d', 'https://a.b/c,https://***@h/d'],
  ['redis:///u:p@h', 'redis:///***@h'],
])('%j is masked as %j', (text, shown) => {
  expect(redact(text)).toBe(shown)
  expect(redact(shown)).toBe(shown)
})
