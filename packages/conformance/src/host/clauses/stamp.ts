import { check, same } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { type HostClause, type HostTrial, STAMPS } from '../trial.ts'

const TAKEN_IN = { pool: 'conformance', workspace: 'taken in' } as const

/** Adds a session without a stamp. Returns the session as the host lists it, and `stamp()` of that host. */
async function unstamped({ open, add }: HostTrial) {
  const host = await open()
  if (!host.stamp) return notApplicable('the host has no stamp()')
  await add('theirs')
  const [session] = await host.list()
  if (!session) throw new Error('the session is not listed')
  return { host, session, stamp: host.stamp.bind(host) }
}

export const stampClauses: readonly HostClause[] = [
  {
    id: 'stamp.absent',
    title: 'A session that nobody has stamped has no pool. `host`: the host’s own record, perhaps in whole seconds.',
    needs: 'cause.add',
    async run(trial) {
      const { session } = await unstamped(trial)
      same([session.pool, session.workspace, session.takenIn], [undefined, undefined, undefined], 'the stamps')
      check(session.createdAtSource !== 'stamp', 'the time of creation is called a stamp')
    },
  },
  {
    id: 'stamp.taken-in',
    title:
      'stamp(): Stamps a session that the pool has taken in by its name, as `takenIn`. Does nothing to a session that has a stamp, believed or not.',
    needs: 'cause.add',
    async run(trial) {
      const { session, stamp } = await unstamped(trial)
      await stamp(session, TAKEN_IN)
      await stamp(session, { ...TAKEN_IN, workspace: 'taken in again' })
      const other = await trial.open()
      const made = await other.create('ours', STAMPS)
      await stamp(made, TAKEN_IN)
      const listed = await other.list()
      const of = (incarnation: string | undefined) => {
        const found = listed.find((each) => each.incarnation === incarnation)
        return [found?.pool, found?.workspace, found?.takenIn ?? false]
      }
      same(
        of(session.incarnation),
        [TAKEN_IN.pool, TAKEN_IN.workspace, true],
        'the stamps of the session that was taken in',
      )
      same(of(made.incarnation), [STAMPS.pool, STAMPS.workspace, false], 'the stamps of the session that was created')
    },
  },
]
