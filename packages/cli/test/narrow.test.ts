import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { directoryWith, ENDED, record, sessionkeep } from './support/fixture.ts'

const LONG = 'a-rather-long-workspace'

const some = () => directoryWith([record('docs'), record(LONG), record('old', ENDED)])

/** The lines of an answer that a terminal would break. */
const broken = (text: string, columns: number) => text.split('\n').filter((line) => line.length > columns)

describe('a terminal that is too narrow for a table', () => {
  it.each([
    [40, ['ls', '--all']],
    [60, ['ls', '--all']],
    [40, ['ended']],
    [40, ['status']],
    [40, ['show', 'docs']],
  ])('of %i columns shows `%s` as a block of facts for each row, and breaks no line', async (columns, args) => {
    const { code, out } = await sessionkeep(some(), args, { columns })
    expect(code).toBe(0)
    expect(broken(out, columns)).toEqual([])
  })

  it('has each value beside its name, and leaves out what is empty', async () => {
    const { out } = await sessionkeep(directoryWith([record('docs'), record(LONG)]), ['ls'], { columns: 40 })
    const docs = ['docs', 'claude-docs', 'idle', '42', '5 h', '1 h ago']
    const names = ['WORKSPACE', 'SESSION', 'STATUS', 'REQUESTS', 'AGE', 'LAST ACTIVITY']
    const block = names.map((name, at) => `${name.padEnd(13)}  ${docs[at]}`).join('\n')
    expect(out.split('\n\n').map((each) => each.trimEnd())).toContain(block)
    expect(out).toContain(`SESSION\n  claude-${LONG}\n`)
    expect((await sessionkeep(some(), ['status'], { columns: 40 })).out).not.toMatch(/^[A-Z ]+$/m)
  })

  it('keeps the table if it fits, and where the output goes to another program', async () => {
    const directory = directoryWith([record('docs')])
    for (const columns of [60, undefined]) {
      const given = columns === undefined ? {} : { columns }
      expect((await sessionkeep(directory, ['ls'], given)).out).toMatch(/^WORKSPACE +SESSION/)
    }
    expect((await sessionkeep(directory, ['ls'], { columns: 59 })).out).toMatch(/^WORKSPACE +docs\n/)
  })

  it.each([
    [40, /copy 100% \| 3\/3/],
    [60, /copy =+ 100% \| 3\/3/],
  ])('of %i columns has a line of progress that fits', async (columns, wanted) => {
    const args = ['copy', '--from', 'file', '--to', 'lowdb:db.json']
    const { err } = await sessionkeep(some(), args, { isTerminal: true, columns })
    const lines = stripVTControlCharacters(err)
      .split(/[\r\n]+/)
      .filter((line) => line.includes('%'))
    expect(lines.join('\n')).toMatch(wanted)
    expect(broken(lines.join('\n'), columns)).toEqual([])
  })

  it.each([
    [40, ['--help']],
    [60, ['--help']],
    [80, ['--help']],
    [40, ['copy', '--help']],
    [60, ['copy', '--help']],
  ])('of %i columns has the help `%s` without a broken line', async (columns, args) => {
    const { out } = await sessionkeep('/', args, { columns })
    const [options = ''] = out.split(/\n(?:Examples|Exit codes):/)
    expect(broken(options, columns)).toEqual([])
  })
})
