import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answerSchema } from '../src/answers.ts'
import { commands } from '../src/commands.ts'
import { answer, directoryWith, ENDED, record, sessionkeep } from './support/fixture.ts'

/** A store that keeps nothing, and says so. */
const OWN_STORE = `
const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }
const nothing = async () => undefined
const create = () => ({
  ...{ name: 'own', capabilities: { durability: 'none', retains: false, shared: true } },
  ...{ setMany: nothing, deleteMany: nothing, getMany: async () => new Map(), list: async function* () {} },
})
export default { name: 'own', apiVersion: 1, options, create }
`

/** Command lines whose answers have every field at least once. */
const LINES: Readonly<Record<string, ReadonlyArray<readonly string[]>>> = {
  ls: [['--all']],
  show: [['docs'], ['claude-old']],
  ended: [[]],
  status: [[]],
  explain: [[]],
  doctor: [[]],
  gc: [['--dry-run'], []],
  conformance: [['./own.mjs']],
  export: [['--output', 'new.ndjson']],
  import: [['all.ndjson', '--to', 'lowdb:db.json']],
  copy: [['--from', 'file', '--to', 'lowdb:db.json']],
  verify: [['--from', 'file', '--to', 'lowdb:db.json']],
  completion: [['bash']],
  schema: [['ls'], ['schema']],
}

async function directory(): Promise<string> {
  const made = directoryWith([record('docs', { attributes: { a: 1 } }), record('old', ENDED)])
  await sessionkeep(made, ['export', '--output', 'all.ndjson'])
  writeFileSync(`${made}/sessions/claude-bad.json`, '{')
  writeFileSync(`${made}/own.mjs`, OWN_STORE)
  return made
}

describe('an answer in JSON', () => {
  // gateway.test.ts has the others.
  it.each(commands.flatMap(({ name, needsGateway }) => (needsGateway ? [] : [name])))(
    'of %s has the schema that the command prints',
    async (name) => {
      const command = commands.find((each) => each.name === name)
      if (!command) throw new Error('no command')
      const made = await directory()
      for (const args of LINES[name] ?? []) {
        const { answer: given } = await answer(made, [name, ...args])
        expect(given).toMatchObject({ command: name, next_steps: expect.any(Array) })
        expect(given).not.toHaveProperty('error')
        expect(answerSchema(command).safeParse(given)).toMatchObject({ success: true })
      }
      expect(LINES[name]).toBeDefined()
    },
  )

  it('of a failure has the same schema, with the code and what to do', async () => {
    const made = directoryWith([], { store: 'nothing' })
    for (const args of [['ls'], ['show', 'x'], ['copy', '--from', 'memroy', '--to', 'file'], ['show'], ['lss']]) {
      const { code, answer: given } = await answer(made, args)
      expect(code).toBe(1)
      expect(given).toMatchObject({ ok: false, error: { code: expect.any(String) }, next_steps: [expect.anything()] })
    }
  })
})
