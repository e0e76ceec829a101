import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answer, directoryWith, record, sessionkeep } from './support/fixture.ts'

describe('the place that a call names', () => {
  it('gives next steps that a shell reads as they are meant, with the records of the same pool', async () => {
    const directory = directoryWith([record('docs')])
    const given = [
      '--from',
      'file',
      '--to',
      "lowdb:it's my db.json",
      '--pool-id',
      'a',
      '--config',
      'sessionkeep.config.json',
    ]
    const line = String.raw`--from file --to 'lowdb:it'\''s my db.json' --config sessionkeep.config.json --pool-id a`
    const stepOf = async (words: readonly string[]) => (await answer(directory, words)).answer.next_steps
    expect(await stepOf(['copy', ...given, '--dry-run'])).toMatchObject([{ command: `sessionkeep copy ${line}` }])
    expect(await stepOf(['copy', ...given])).toMatchObject([{ command: `sessionkeep verify ${line}` }])
    expect(await stepOf(['show', 'none', '--store', 'file'])).toMatchObject([
      { command: 'sessionkeep ls --all --store file' },
    ])
  })

  it.each([
    [['copy', '--from', 'file:./typo', '--to', 'lowdb:db.json']],
    [['verify', '--from', 'lowdb:typo.json', '--to', 'file']],
    [['export', '--store', 'file:./typo']],
    [['ls', '--store', 'lowdb:typo.json']],
  ])('takes no missing place for an empty store: %j', async (line) => {
    const directory = directoryWith([record('docs')])
    const { code, err } = await sessionkeep(directory, line)
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: There is no .*typo.*CLI_USAGE/),
    })
    expect(readdirSync(directory)).toEqual(['sessionkeep.config.json', 'sessions'])
  })
})
