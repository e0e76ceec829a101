import { chmodSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeFinding } from '../src/doctor/machine.ts'
import { answer, directoryWith, record, sessionkeep, writeRecord } from './support/fixture.ts'

describe('explain', () => {
  it('says which layer decides, and where that is written', async () => {
    const directory = directoryWith([])
    const { code, answer: given } = await answer(directory, ['explain'])
    expect(code).toBe(0)
    expect(given).toMatchObject({
      store: 'file',
      layer: 'config',
      why: 'config is the strongest layer that names a store',
    })
    const { out } = await sessionkeep(directory, ['explain'])
    expect(out).toMatch(/^config +decides +file +\/.*sessionkeep\.config\.json$/m)
  })
})

describe('status', () => {
  it('counts what the store and its mirrors have', async () => {
    const mirror = { mirror: ['lowdb'], stores: { file: { directory: './sessions' }, lowdb: { file: './db.json' } } }
    const directory = directoryWith([record('docs')], mirror)
    const { code, answer: given } = await answer(directory, ['status'])
    expect(code).toBe(0)
    expect(given).toMatchObject({
      stores: [
        { store: 'file', role: 'primary', durability: 'power', living: 1, ended: 0 },
        { store: 'lowdb', role: 'mirror', living: 0 },
      ],
    })
  })

  it('exits 1 with the error of a store that cannot be read, and goes on with the others', async () => {
    const stores = { file: { directory: './sessions' }, keyv: { uri: 'redis://127.0.0.1:1' } }
    const directory = directoryWith([record('docs')], { mirror: ['keyv'], stores })
    const { code, answer: given } = await answer(directory, ['status'])
    expect(code).toBe(1)
    expect(given).toMatchObject({ ok: false, stores: [{ living: 1 }, { error: { code: 'STORE_UNAVAILABLE' } }] })
  })
})

describe('doctor', () => {
  it('exits 0 when nothing is wrong', async () => {
    const { code, out } = await sessionkeep(directoryWith([record('docs')]), ['doctor'])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^ok {2}store file: The primary can be read in \/.*\/sessions; it has 1 living and 0 ended sessions/m,
    )
    expect(out).not.toMatch(/^problem/m)
  })

  it('says of each problem and warning what to do', async () => {
    const directory = directoryWith([], {
      mirror: ['keyv'],
      stores: { file: { directory: './sessions' }, keyv: { uri: 'redis://127.0.0.1:1' } },
    })
    writeRecord(directory, { sessionName: 'claude-bad' })
    chmodSync(`${directory}/sessions`, 0o770)
    const { code, answer: given } = await answer(directory, ['doctor'])
    expect(code).toBe(2)
    const findings = given.findings as Array<{ severity: string; found: string; do?: string }>
    const wrong = findings.filter(({ severity }) => severity !== 'ok')
    expect(wrong.length).toBeGreaterThan(1)
    expect(wrong.filter((each) => !each.do)).toEqual([])
    expect(wrong.map(({ found }) => found).join('\n')).toContain('"claude-bad" cannot be read')
    expect(given.next_steps).toHaveLength(wrong.filter(({ severity }) => severity === 'problem').length)
  })

  it('reports a configuration that cannot be used, and still looks at the machine', async () => {
    const directory = directoryWith([], { stroe: 'file' })
    const { code, out } = await sessionkeep(directory, ['doctor'])
    expect(code).toBe(2)
    expect(out).toMatch(/^problem {2}configuration: .*did you mean "store"/m)
    expect(out).toMatch(/^ok {2}node/m)
  })

  it('names tmux when it is missing', async () => {
    const { out } = await sessionkeep(directoryWith([]), ['doctor'], { env: { PATH: '/nowhere' } })
    expect(out).toMatch(/^problem {2}tmux: tmux is not installed here\.\n {4}do: Install tmux/m)
    expect(out).toMatch(/^warning {2}flock/m)
  })

  it.each([
    ['18.20.0', 'problem'],
    ['20.18.1', 'problem'],
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('takes Node %s as %s', (version, severity) => {
    expect(nodeFinding(version).severity).toBe(severity)
  })
})

describe('export', () => {
  it('ends the progress bar when the store fails, so that the command ends and its error has a line of its own', async () => {
    const directory = directoryWith([])
    writeFileSync(
      `${directory}/failing.mjs`,
      `const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
      const nothing = async () => undefined
      const create = () => ({
        ...{ name: 'failing', capabilities: { durability: 'power', retains: true, shared: false } },
        ...{ setMany: nothing, deleteMany: nothing, getMany: () => Promise.reject(new Error('gone')) },
        async *list() { yield 'claude-docs' },
      })
      export default { name: 'failing', apiVersion: 1, options, create }`,
    )
    const { code, err } = await sessionkeep(directory, ['export', '--store', './failing.mjs'], { isTerminal: true })
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(/0\/1 [^\n]*\n+error: /) })
  })
})
