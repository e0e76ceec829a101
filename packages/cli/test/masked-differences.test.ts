import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { answer, directoryWith, ENDED, record, sessionkeep, writeRecord } from './support/fixture.ts'

/** Two directories with a record of one session, which differ in the given fields. */
function two(from: object, to: object) {
  const directory = directoryWith([record('docs', from)])
  const other = directoryWith([])
  writeRecord(other, record('docs', to))
  return { directory, args: ['verify', '--from', 'file', '--to', `file:${other}/sessions`] }
}

it('verify shows values as show does, and says that two of them differ in what is masked', async () => {
  const attributes = (word: string) => ({ apiKey: `Hunter2-${word}`, db: `redis://u:Hunter2-${word}@${word}`, n: word })
  const { directory, args } = two({ attributes: attributes('A') }, { attributes: attributes('B') })
  const { code, answer: given } = await answer(directory, args)
  expect({ code, given }).toMatchObject({
    code: 2,
    given: {
      unequal: [
        {
          fields: [
            { field: 'attributes.apiKey', from: '***', to: '***', masked: true },
            { field: 'attributes.db', from: 'redis://***@A', to: 'redis://***@B' },
            { field: 'attributes.n', from: 'A', to: 'B' },
          ],
        },
      ],
    },
  })
  const { out } = await sessionkeep(directory, args)
  expect(out).toContain('  attributes.apiKey: "***" and "***"; they differ in what is masked\n')
  expect(out).toContain('  attributes.db: "redis://***@A" and "redis://***@B"\n')
  expect(JSON.stringify(given) + out).not.toContain('Hunter2')
})

it.each<[string, object, object]>([
  ['a field below one with a secret name', { attributes: { token: { a: ['s3cret'] } } }, { attributes: { token: {} } }],
  ['a field that one side lacks', { attributes: { password: 's3cret' } }, {}],
  [
    'fields with dots in their names',
    { attributes: { 'a.b': { password: 's3cret' } } },
    { attributes: { 'a.b': { password: 's3' } } },
  ],
  ['a screen', { ended: { ...ENDED.ended, screen: '$ login --password s3cret' } }, { ended: { ...ENDED.ended } }],
  [
    'words of a command',
    { attributes: { argv: ['--password', 's3cret'] } },
    { attributes: { argv: ['--password', 'x'] } },
  ],
  ['another kind of value', { attributes: { token: ['s3cret'] } }, { attributes: { token: { a: 's3cret' } } }],
])('verify masks %s', async (_, from, to) => {
  const { directory, args } = two(from, to)
  const { code, out } = await sessionkeep(directory, args)
  const { answer: given } = await answer(directory, args)
  expect([code, given.ok]).toEqual([2, false])
  expect(out + JSON.stringify(given)).not.toContain('s3cret')
})

it('import does not quote a line that is not JSON, since a secret may be in it', async () => {
  const directory = directoryWith([record('docs', { attributes: { apiKey: 's3cret' } })])
  const { out } = await sessionkeep(directory, ['export'])
  writeFileSync(`${directory}/bad.ndjson`, out.replace('s3cret"', 's3cret'))
  const { code, err } = await sessionkeep(directory, ['import', 'bad.ndjson', '--to', 'lowdb:db.json'])
  expect(code).toBe(3)
  expect(err).toContain('Line 2 of the export cannot be used: it is not JSON.')
  expect(err).not.toContain('s3c')
})

it('export has the values as they are, and its help says so', async () => {
  const directory = directoryWith([record('docs', { attributes: { apiKey: 's3cret' } })])
  expect((await sessionkeep(directory, ['export'])).out).toContain('s3cret')
  expect((await sessionkeep(directory, ['export', '--help'])).out.replace(/\s+/g, ' ')).toContain('Nothing is masked')
})
