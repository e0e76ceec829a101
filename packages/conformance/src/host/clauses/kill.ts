import { same } from '../../frame/check.ts'
import { type HostClause, STAMPS } from '../trial.ts'

export const killClauses: readonly HostClause[] = [
  {
    id: 'kill.resolves',
    title: 'kill(): Resolves once it is gone, also when it already was.',
    async run({ open }) {
      const host = await open()
      const keep = await host.create('keep', STAMPS)
      const made = await host.create('a', STAMPS)
      await host.kill(made)
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [keep.incarnation],
        'the remaining sessions',
      )
      await host.kill(made)
      await host.kill({ sessionName: 'a' })
      await host.kill({ sessionName: 'never-there' })
      await host.kill(keep)
      await host.kill(keep)
      same(await host.list(), [], 'the sessions at the end')
    },
  },
  {
    id: 'kill.incarnation',
    title: 'kill(): Ends this incarnation, and never another one.',
    async run({ open }) {
      const host = await open()
      const first = await host.create('a', STAMPS)
      await host.kill(first)
      const second = await host.create('a', STAMPS)
      await host.kill(first)
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [second.incarnation],
        'the session with the name',
      )
    },
  },
  {
    id: 'kill.by-name',
    title:
      'Without `incarnation` it means the session that has this name now. A session whose name begins alike is not touched.',
    async run({ open }) {
      const host = await open()
      await host.create('claude-a', STAMPS)
      const alike = await host.create('claude-ab', STAMPS)
      await host.kill({ sessionName: 'claude-a' })
      await host.kill({ sessionName: 'claude-a' })
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [alike.incarnation],
        'the remaining sessions',
      )
    },
  },
  {
    id: 'rename.survives',
    title: 'incarnation and stamps: It survives a rename.',
    needs: 'cause.rename',
    async run({ open, rename }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      await rename('a', 'b')
      const [found, ...others] = await host.list()
      same(others, [], 'other sessions')
      same(
        [found?.sessionName, found?.incarnation, found?.pool, found?.workspace, found?.createdAt],
        ['b', made.incarnation, STAMPS.pool, STAMPS.workspace, STAMPS.createdAt],
        'the renamed session',
      )
    },
  },
  {
    id: 'rename.kill',
    title: 'kill() ends an incarnation under its new name, and not the session that has the old name.',
    needs: 'cause.rename',
    async run({ open, rename }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      await rename('a', 'b')
      const other = await host.create('a', STAMPS)
      await host.kill(made)
      same(
        (await host.list()).map(({ incarnation }) => incarnation),
        [other.incarnation],
        'the remaining sessions',
      )
    },
  },
  {
    id: 'rename.speak',
    title: 'A renamed session can still be read and typed into by its incarnation.',
    needs: 'cause.rename',
    async run({ open, rename }) {
      const host = await open()
      const made = await host.create('a', STAMPS)
      await rename('a', 'b')
      await host.capture(made)
      await host.sendText(made, 'x')
    },
  },
]
