import type { StandardSchema } from '@sessionkeep/core'
import { memoryStore } from '@sessionkeep/core'
import { describe, expect, it } from 'vitest'
import { eventAnswer, sessionAnswer } from '../src/views.ts'
import { fixture } from './support/pool.ts'

class Chat {
  readonly chat: string
  readonly password = 's3cret'
  constructor({ chat }: { readonly chat: string }) {
    this.chat = chat
  }
}

/** A schema whose result is whatever `made` returns. */
const schemaOf = (made: (given: { readonly chat: string }) => unknown) =>
  ({
    '~standard': { version: 1, vendor: 'test', validate: (given: unknown) => ({ value: made(given as Chat) }) },
  }) as unknown as StandardSchema<never>

describe('attributes that the schema of the pool makes are shown as JSON has them', () => {
  it.each<[string, (given: { readonly chat: string }) => unknown, object | undefined]>([
    ['an instance of a class', (given) => new Chat(given), { chat: 'a', password: '***' }],
    ['a field with an instance', (given) => ({ in: new Chat(given) }), { in: { chat: 'a', password: '***' } }],
    ['a field with a time', (given) => ({ ...given, at: new Date(0) }), { chat: 'a', at: '1970-01-01T00:00:00.000Z' }],
    ['a field with a bigint', (given) => ({ ...given, id: 10n }), { chat: 'a', id: '10' }],
    ['a Map', (given) => new Map(Object.entries(given)), {}],
    ['a list', (given) => Object.entries(given), undefined],
    ['a text', (given) => JSON.stringify(given), undefined],
    ['a number', () => 7, undefined],
    ['a value that JSON cannot express', () => () => undefined, undefined],
    [
      'an object that throws',
      () => ({
        toJSON() {
          throw new Error('hands off')
        },
      }),
      undefined,
    ],
  ])('%s', async (_, made, shown) => {
    const metadata = { store: memoryStore() }
    const { call, pool, host } = await fixture({ readOnly: false }, { attributes: schemaOf(made), metadata })
    const created = await call('POST', '/sessions', { workspace: 'docs', attributes: { chat: 'a' } })
    expect(created.status).toBe(201)
    expect(created.body.session.attributes).toEqual(shown)
    const living = await call('GET', '/sessions')
    expect(living.status).toBe(200)
    expect(living.body.sessions[0].attributes).toEqual(shown)
    const event = eventAnswer({ session: pool.getSession('docs') }) as { session: { attributes?: object } }
    expect(event.session.attributes).toEqual(shown)
    host.control.exit('claude-docs', { exitCode: 0 })
    await pool.discoverExistingSessions()
    const ended = await call('GET', '/ended/docs')
    expect(ended.status).toBe(200)
    expect(ended.body.attributes).toEqual(shown)
  })
})

it('attributes that did not change are masked once, however often their session changes', async () => {
  const { pool } = await fixture()
  await pool.getOrCreateSession('docs', { attributes: { chat: 'a', token: 's3cret' } })
  const [answer, changed] = [1, 2].map(() => {
    pool.touch('docs')
    return sessionAnswer(pool.getSession('docs') ?? expect.unreachable())
  })
  expect(changed).not.toBe(answer)
  expect(answer?.attributes).toEqual({ chat: 'a', token: '***' })
  expect(changed?.attributes).toBe(answer?.attributes)
  const { session } = eventAnswer({ session: pool.getSession('docs') }) as { session: { attributes?: object } }
  expect(session.attributes).toBe(answer?.attributes)
})
