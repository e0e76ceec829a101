import { check, rejection, rejectsWith, same } from '../../frame/check.ts'
import { notApplicable } from '../../frame/clause.ts'
import { eventually } from '../../frame/timeouts.ts'
import { ECHOING, type HostClause, STAMPS } from '../trial.ts'

const runs = ({ runsCommands }: { runsCommands: boolean }): boolean => runsCommands

export const respawnClauses: readonly HostClause[] = [
  {
    id: 'respawn.in-place',
    title:
      'respawn(): Ends the command of this incarnation with every process of it, and starts another in its place. Name, incarnation, stamp, size and clients stay. A session whose new command has already ended is returned as `exited`.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      if (!host.respawn) notApplicable('the host has no respawn()')
      await host.create('keep', STAMPS)
      const made = await host.create('a', ECHOING)
      const again = await host.respawn(made, { command: ['sh', '-c', 'echo "the second one"; exec cat'] })
      const listed = (await host.list()).find(({ sessionName }) => sessionName === 'a')
      for (const session of [again, listed]) {
        const { incarnation, pool, workspace, createdAt } = session ?? {}
        same([incarnation, pool, workspace, createdAt], [made.incarnation, ...Object.values(STAMPS)], 'the session')
      }
      await eventually(
        async () => (await host.capture(made)).includes('the second one'),
        'the new command does not run',
      )
      const ended = await host.respawn(made, { command: ['sh', '-c', 'exit 3'] })
      check(ended.exited === true || ended.end === undefined, 'a running session has an end')
    },
  },
  {
    id: 'respawn.gone',
    title: 'respawn() of a session that has ended rejects with `SESSION_GONE`, and starts nothing.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const respawn = host.respawn?.bind(host) ?? notApplicable('the host has no respawn()')
      const keep = await host.create('keep', STAMPS)
      const made = await host.create('a', ECHOING)
      await host.kill(made)
      await rejectsWith('SESSION_GONE', () => respawn(made, {}), 'respawn() after the end')
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [keep.incarnation],
        'the sessions at the end',
      )
    },
  },
  {
    id: 'respawn.given-up',
    title:
      'respawn() with an aborted signal is given up. The call then rejects with the reason of the signal, and the former command goes on.',
    applies: runs,
    async run({ open }) {
      const host = await open()
      const respawn = host.respawn?.bind(host) ?? notApplicable('the host has no respawn()')
      const made = await host.create('a', ECHOING)
      const reason = new Error('given up')
      const error = await rejection(() => respawn(made, { signal: AbortSignal.abort(reason) }), 'respawn()')
      check(error === reason, `respawn() must reject with the reason of the signal, not: ${error}`)
      await host.sendText(made, 'to the former command', { submit: true })
      await eventually(
        async () => (await host.capture(made)).includes('to the former command'),
        'the former command does not go on',
      )
    },
  },
]
