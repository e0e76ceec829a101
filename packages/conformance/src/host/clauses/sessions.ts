import { check, codeOf, rejectsWith, same, settle } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { type HostClause, STAMPS } from '../trial.ts'

export const sessionClauses: readonly HostClause[] = [
  {
    id: 'list.empty',
    title: 'The list is empty only when the host knows that there is no session: before the first, and after the last.',
    async run({ open }) {
      const host = await open()
      same(await host.list(), [], 'the sessions before the first')
      const made = await host.create('a', STAMPS)
      same((await host.list()).length, 1, 'the number of sessions')
      await host.kill(made)
      same(await host.list(), [], 'the sessions after the last')
    },
  },
  {
    id: 'list.every',
    title: 'Lists every session of the host, whoever created it, as create() returned it.',
    async run({ open }) {
      const host = await open()
      const made = [await host.create('a', STAMPS), await host.create('ab', { ...STAMPS, workspace: 'other' })]
      for (const each of [host, await open()]) {
        const listed = await each.list()
        same(listed.map(({ sessionName }) => sessionName).sort(), ['a', 'ab'], 'the names')
        for (const session of made) {
          const found = listed.find(({ sessionName }) => sessionName === session.sessionName)
          same(found?.incarnation, session.incarnation, 'the incarnation')
          same(
            [found?.pool, found?.workspace, found?.createdAt],
            [session.pool, session.workspace, session.createdAt],
            'the stamps',
          )
        }
      }
    },
  },
  {
    id: 'create.stamps',
    title:
      'create(): Creates a session and stamps it; a session that cannot be stamped is ended again. `stamp`: the pool stamped the exact time at the creation.',
    async run({ open }) {
      const host = await open()
      const stamps = { pool: 'p-', workspace: 'a b/\u6f22', createdAt: 1_699_999_999_001 }
      const made = await host.create('a', stamps)
      for (const session of [made, ...(await host.list())]) {
        const { sessionName, pool, workspace, createdAt, createdAtSource } = session
        same(
          { sessionName, pool, workspace, createdAt, createdAtSource },
          { sessionName: 'a', ...stamps, createdAtSource: 'stamp' },
          'the session',
        )
      }
    },
  },
  {
    id: 'create.exists',
    title: 'create() of a taken name does not change the session that has it.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      const other = { ...STAMPS, workspace: 'other' }
      await rejectsWith('SESSION_EXISTS', () => host.create('a', other), 'create() of a taken name')
      const [listed] = await host.list()
      same([listed?.incarnation, listed?.workspace], [made.incarnation, 'demo'], 'the session with the name')
    },
  },
  {
    id: 'create.racers',
    title:
      'create(): Rejects with `SESSION_EXISTS` when the name is taken, so that of several concurrent calls exactly one succeeds.',
    async run({ open }) {
      const hosts = [await open(), await open()]
      const racing = Array.from({ length: 8 }, (_, at) => settle(() => hosts[at % 2]?.create('a', STAMPS)))
      const outcomes = await Promise.all(racing)
      const lost = outcomes.filter((outcome) => 'error' in outcome)
      same(outcomes.length - lost.length, 1, 'the number of successful calls')
      for (const { error } of lost) same(codeOf(error), 'SESSION_EXISTS', `the code of ${error}`)
      same((await hosts[0]?.list())?.length, 1, 'the number of sessions')
    },
  },
  {
    id: 'create.invalid-name',
    title:
      'create() rejects with `HOST_INVALID_NAME` for an empty name, and for a name that the host would read as something else.',
    async run({ open }) {
      const host = await open()
      await rejectsWith('HOST_INVALID_NAME', () => host.create('', STAMPS), 'create() of no name')
      for (const name of ['a:b', 'a.b', '=a', '$1', '-t', 'a*', 'a\nb', ' ']) {
        const outcome = await settle(() => host.create(name, STAMPS))
        if ('error' in outcome) same(codeOf(outcome.error), 'HOST_INVALID_NAME', `the code for ${JSON.stringify(name)}`)
        else {
          const listed = (await host.list()).map(({ sessionName }) => sessionName)
          check(listed.includes(name), `${JSON.stringify(name)} was made under another name: ${listed}`)
        }
      }
    },
  },
  {
    id: 'incarnation.unique',
    title: 'The identity of this session: no other session of this host, earlier or later, has the same.',
    async run({ open }) {
      const host = await open()
      const seen = new Set<string | undefined>()
      for (let round = 0; round < 4; round += 1) {
        // All sessions are killed in each round, so that the host has none in between.
        for (const name of ['a', 'b']) seen.add((await host.create(name, STAMPS)).incarnation)
        for (const session of await host.list()) await host.kill(session)
      }
      check(!seen.has(undefined), 'a session has no incarnation')
      same(seen.size, 8, 'the number of different incarnations of eight sessions')
    },
  },
  {
    id: 'close.sessions-go-on',
    title: 'close(): Releases connections and timers of the host. The sessions go on.',
    async run({ open }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      await host.close?.()
      const next = await open()
      same(
        (await next.list()).map(({ incarnation }) => incarnation),
        [made.incarnation],
        'the sessions after close()',
      )
    },
  },
  {
    id: 'attach.words',
    title: 'Returns the command line with which a person attaches to the session, word by word.',
    async run({ open }) {
      const host = await open()
      if (!host.attachCommand) notApplicable('the host has no attachCommand()')
      const words = host.attachCommand(await host.create('a', STAMPS))
      check(words === undefined || (words.length > 0 && words.every((word) => word !== '')), `not words: ${words}`)
    },
  },
]
