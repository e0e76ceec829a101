import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withoutRights } from '../src/errors.ts'
import { answer, directoryWith, record, sessionkeep } from './support/fixture.ts'
import { startGateway } from './support/gateway.ts'

describe('a store in memory as the source', () => {
  const env = { SESSIONKEEP_STORE: 'memory' }

  it.each([
    [['export', '--output', 'backup.ndjson']],
    [['copy', '--from', 'auto', '--to', 'lowdb:copy.json']],
    [['verify', '--from', 'auto', '--to', 'lowdb:copy.json']],
  ])('is refused, because an empty copy would pass for a good one: %j', async (line) => {
    const directory = directoryWith([record('docs')])
    const { code, err } = await sessionkeep(directory, line, { env })
    expect({ code, err }).toMatchObject({
      code: 3,
      err: expect.stringContaining('The store memory, which is the selected one, keeps records only in the memory'),
    })
    expect(['backup.ndjson', 'copy.json'].filter((file) => existsSync(`${directory}/${file}`))).toEqual([])
  })

  it('does not keep a store with records from being named', async () => {
    const line = ['export', '--store', 'file', '--output', 'backup.ndjson']
    expect(await sessionkeep(directoryWith([record('docs')]), line, { env })).toMatchObject({ code: 0 })
  })
})

it('a workspace whose name is a step up in an address is refused, so that no other route is called', async () => {
  for (const args of [
    ['resume', '..'],
    ['capture', '.'],
  ]) {
    const { code, err } = await sessionkeep(directoryWith([]), [...args, '--url', 'http://127.0.0.1:1/'])
    expect(code).toBe(1)
    expect(err).toContain('has no address')
  }
})

describe('the next step', () => {
  it.each([
    [['import', 'none.ndjson', '--to', 'lowdb:db.json'], 'import'],
    [['export', '--output', 'none/backup.ndjson'], 'export'],
    [['conformance', './none.mjs'], 'conformance'],
  ])('after a missing file is about the file, and not about sessions: %j', async (line, command) => {
    const { code, answer: given } = await answer(directoryWith([]), line)
    expect({ code, ...given }).toMatchObject({
      ...{
        code: 1,
        error: { code: 'CLI_NOT_FOUND', message: expect.stringMatching(/^There is no (file|directory) \//) },
      },
      next_steps: [{ command: `sessionkeep ${command} --help` }],
    })
  })

  it('is not `explain` if the configuration that it would read is unreadable', async () => {
    const { answer: given } = await answer(directoryWith([]), ['ls', '--config', 'none.json'])
    expect(given).toMatchObject({
      error: { code: 'CONFIG_UNREADABLE' },
      next_steps: [{ do: expect.stringMatching(/^Correct/) }],
    })
    expect(JSON.stringify(given.next_steps)).not.toContain('explain')
  })

  it('after a wrong option leaves that option out', async () => {
    const { answer: given } = await answer(directoryWith([]), ['ls', '--url', 'nonsense'])
    expect(given).toMatchObject({ error: { code: 'CLI_USAGE' }, next_steps: [{ command: 'sessionkeep ls --help' }] })
  })

  it('after an option before the command says where options belong', async () => {
    const { code, err } = await sessionkeep(directoryWith([]), ['--config', 'other.json', 'ls'])
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('sessionkeep ls --config …') })
  })
})

describe('a message', () => {
  it('names the option that is empty', async () => {
    const directory = directoryWith([])
    expect((await sessionkeep(directory, ['ls', '--pool-id', ''])).err).toContain('--poolId: must not be empty')
    expect((await sessionkeep(directory, ['ls', '--store', ''])).err).toContain('The name of the store is empty.')
  })

  it('advises to install a package that is missing, and not one that lacks another', async () => {
    const directory = directoryWith([])
    expect((await sessionkeep(directory, ['conformance', 'no-such-store'])).err).toContain('npm install no-such-store')
    mkdirSync(`${directory}/node_modules/lacking`, { recursive: true })
    writeFileSync(`${directory}/node_modules/lacking/index.mjs`, "import 'no-such-dependency'")
    writeFileSync(`${directory}/node_modules/lacking/package.json`, '{ "name": "lacking", "exports": "./index.mjs" }')
    const { err } = await sessionkeep(directory, ['conformance', 'lacking'])
    expect(err).toContain("Cannot find package 'no-such-dependency'")
    expect(err).not.toContain('npm install lacking')
  })

  it('says in words that a file may not be used', () => {
    const denied = Object.assign(new Error("EACCES: permission denied, open '.8f2e.tmp'"), { code: 'EACCES' })
    expect(withoutRights(denied, 'The directory /srv cannot be written')).toMatchObject({
      ...{ code: 'CLI_NO_ACCESS', message: 'The directory /srv cannot be written: this user has no rights there.' },
    })
    const other = new Error('other')
    expect(withoutRights(other, 'It')).toBe(other)
  })

  it('of the doctor about the gateway does not advise to start it if the configuration is unreadable', async () => {
    const { code, answer: given } = await answer(directoryWith([]), ['doctor', '--config', 'none.json'])
    const findings = given.findings as { subject: string; severity: string; do?: string }[]
    expect(code).toBe(2)
    expect(findings.filter(({ subject }) => ['gateway', 'configuration'].includes(subject))).toMatchObject([
      { subject: 'gateway', severity: 'warning', do: 'Correct the configuration first.' },
      { subject: 'configuration', severity: 'problem' },
    ])
  })
})

describe('resume', () => {
  it('does not say of a living session that it was resumed, and lists the sessions if there is none of that name', async () => {
    const { directory } = await startGateway()
    expect((await answer(directory, ['resume', 'docs'])).answer).toMatchObject({
      report: { resumed: [], skipped: [{ workspace: 'docs', why: 'living' }] },
    })
    expect(await answer(directory, ['resume', 'none'])).toMatchObject({
      ...{ code: 1, answer: { next_steps: [{ command: 'sessionkeep ls --all' }] } },
    })
  })
})
