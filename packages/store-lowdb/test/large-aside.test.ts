import { expect, test } from 'vitest'
import { changed, EMPTY, recordsOf } from '../src/document/document.ts'
import { countedTurns } from './support/fixture.ts'

test('setting aside a part of 40 MB gives other work its turns meanwhile, and keeps every byte', async () => {
  const large = Buffer.from(`{"a":"${'x'.repeat(40 * 1024 * 1024)}"}`)
  const document = { ...EMPTY, namespaces: new Map([[undefined, new Map([['claude-a', large]])]]) }
  const seen = countedTurns()
  const after = await changed(document, [{ namespace: undefined, name: 'claude-a', to: 'aside' }])
  expect(seen()).toBeGreaterThanOrEqual(10)
  expect(recordsOf(after, undefined).size).toBe(0)
  const [aside = ''] = after.setAside
  expect(JSON.parse(String(aside))).toMatchObject({ name: 'claude-a', content: JSON.parse(String(large)) })
})
