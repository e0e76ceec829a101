import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyText } from '../../../contracts/test/record/any-text.ts'
import { createSessionPool, noneStore, prefixCodec } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { silentLogger } from '../support/held-store.ts'
import { clock } from '../support/time.ts'

const text = fc.oneof(
  anyText({ maxLength: 70 }),
  fc.string({ maxLength: 70 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{0,70}$/),
  fc.constantFrom(
    '',
    '../x',
    '__proto__',
    'constructor',
    'a\n',
    '#(touch x)',
    'é',
    '=a',
    '$1',
    '@1',
    '-a',
    'a:b',
    'a.b',
    'a b',
  ),
)

test('the default codec is one-to-one for every workspace that it accepts, and decodes no other name', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z-]{0,8}$/), text, (prefix, name) => {
      const { encode, decode } = prefixCodec(prefix)
      const encoded = encode(name)
      expect(encoded !== undefined).toBe(/^[A-Za-z0-9_-]{1,64}$/.test(name) && !/\s/.test(name))
      if (encoded !== undefined) expect(decode(encoded)).toBe(name)
      const decoded = decode(name)
      if (decoded !== undefined) expect(encode(decoded)).toBe(name)
    }),
  )
})

test('any workspace leads to INVALID_WORKSPACE or to a session of its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 6 }), async (workspaces) => {
      const pool = createSessionPool({
        clock,
        host: memoryHost({ clock }),
        metadata: { store: noneStore() },
        logger: silentLogger,
      })
      const names = new Map<string, string>()
      for (const workspace of workspaces) {
        try {
          const session = await pool.getOrCreateSession(workspace)
          expect(session.workspace).toBe(workspace)
          expect([...names.values()]).not.toContain(session.sessionName)
          names.set(workspace, session.sessionName)
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_WORKSPACE' })
        }
      }
      expect(new Set(pool.listSessions().map(({ workspace }) => workspace))).toEqual(new Set(names.keys()))
      await pool.stop()
    }),
    { numRuns: 60 },
  )
})

test('whatever encode returns or throws, a workspace leads to INVALID_WORKSPACE or to a session of its own', async () => {
  const answer = fc.oneof(
    text.map((value) => () => value),
    fc.constantFrom<() => unknown>(
      () => undefined,
      () => null,
      () => 7,
      () => ({}),
      () => {
        throw new Error('not this one')
      },
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 4 }),
      fc.array(answer, { minLength: 1 }),
      async (workspaces, answers) => {
        const encode = (workspace: string) => answers[workspaces.indexOf(workspace) % answers.length]?.() as string
        const pool = createSessionPool({
          clock,
          host: memoryHost({ clock }),
          metadata: { store: noneStore() },
          sessionName: { encode, decode: () => undefined },
          logger: silentLogger,
        })
        const names: string[] = []
        for (const workspace of workspaces) {
          try {
            const session = await pool.getOrCreateSession(workspace)
            expect(names).not.toContain(session.sessionName)
            names.push(session.sessionName)
          } catch (error) {
            expect(['INVALID_WORKSPACE', 'SESSION_FOREIGN']).toContain((error as { code?: string }).code)
          }
        }
        await pool.stop()
      },
    ),
    { numRuns: 60 },
  )
})

test.each<[string, (name: string) => string | undefined]>([
  [
    'throws',
    () => {
      throw new URIError('malformed')
    },
  ],
  ['gives an empty string', () => ''],
  ['gives null', () => null as unknown as undefined],
  ['gives a number', () => 7 as unknown as string],
])('a decode that %s for a session name does not hide the sessions of this pool', async (_, decode) => {
  const host = memoryHost({ clock })
  host.control.add('other')
  await host.create('x-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const sessionName = { encode: (workspace: string) => `x-${workspace}`, decode }
  const pool = createSessionPool({ clock, host, metadata: { store: noneStore() }, sessionName, logger: silentLogger })
  await pool.start()
  expect(pool.listSessions()).toMatchObject([{ workspace: 'a', createdAt: 1000 }])
  await pool.stop()
})
