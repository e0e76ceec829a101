import type { StandardSchema } from '@sessionkeep/core'
import { memoryStore } from '@sessionkeep/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEventHistory } from '../src/events/history.ts'
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

/** JSON cannot express it, since it contains itself. */
class Circle {
  readonly self = this
}

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

it.each<[string, (given: { readonly chat: string }) => unknown, object | undefined]>([
  ['contain themselves', () => new Circle(), undefined],
  ['are an instance of a class', (given) => new Chat(given), { chat: 'a', password: '***' }],
])('attributes that %s keep no plan, no report and no event of resuming from being shown', async (_, made, shown) => {
  const metadata = { store: memoryStore() }
  const options = { attributes: schemaOf(made), metadata, resume: { when: 'ask' as const }, livenessIntervalMs: 1000 }
  const { call, pool, host } = await fixture({ readOnly: false }, options)
  const history = createEventHistory(pool as never, console)
  onTestFinished(() => history.close())
  const begin = history.lastId()
  expect((await call('POST', '/sessions', { workspace: 'docs', attributes: { chat: 'a' } })).status).toBe(201)
  host.control.endServer()
  await pool.discoverExistingSessions()
  const plan = await call('GET', '/resume/plan')
  expect(plan).toMatchObject({ status: 200, body: { resume: [{ workspace: 'docs', cause: 'server' }] } })
  expect(JSON.stringify(plan.body)).not.toContain('attributes')
  const offered = eventAnswer({ at: 1, plan: await pool.planResume() }) as {
    plan: { resume: Array<{ attributes?: object }> }
  }
  expect(offered).toMatchObject({ at: 1, plan: { host: 'listed', stores: [{}], resume: [{ workspace: 'docs' }] } })
  expect(offered.plan.resume[0]?.attributes).toEqual(shown)
  await expect
    .poll(() => history.since(begin)?.map(({ event }) => event), { timeout: 15_000 })
    .toContain('resume:offered')
  const report = await call('POST', '/resume')
  expect(report).toMatchObject({ status: 200, body: { resumed: [{ workspace: 'docs' }], failed: [] } })
})

it('a plan in an event names a workspace as it is, and masks the command of its session', () => {
  const step = {
    workspace: 'mail:ada@example.org',
    command: 'psql postgres://ada:s3cret@db',
    attributes: { token: 's3cret' },
  }
  const { plan } = eventAnswer({ plan: { host: 'listed', stores: [], resume: [step], offered: [], blocked: [] } }) as {
    plan: { resume: object[] }
  }
  const { workspace } = step
  expect(plan.resume).toEqual([{ workspace, command: 'psql postgres://***@db', attributes: { token: '***' } }])
})

it.each<[string, (chat: Chat) => unknown]>([
  ['an instance of a class', (chat) => chat],
  ['a field with an instance', (chat) => ({ in: chat })],
])('%s that was changed in place is shown as it is, and is a change of its session', async (_, made) => {
  const chat = new Chat({ chat: 'a' })
  const { pool } = await fixture({}, { attributes: schemaOf(() => made(chat)) })
  await pool.getOrCreateSession('docs', { attributes: { chat: 'a' } })
  const answer = () => sessionAnswer(pool.getSession('docs') ?? expect.unreachable())
  const before = answer()
  expect(JSON.stringify(before.attributes)).toContain('"chat":"a"')
  expect(answer()).toBe(before)
  Object.assign(chat, { chat: 'b' })
  expect(JSON.stringify(answer().attributes)).toContain('"chat":"b"')
  pool.touch('docs')
  Object.assign(chat, { chat: 'c' })
  expect(JSON.stringify(answer().attributes)).toContain('"chat":"c"')
})
