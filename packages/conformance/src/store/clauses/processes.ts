import { check, codeOf, rejectsWith, same, settle } from '../../frame/check.ts'
import { eventually, sleep } from '../../frame/timeouts.ts'
import { namesOf, read } from '../calls.ts'
import { numbered } from '../samples.ts'
import { isDurable, retains, type StoreClause } from '../store-clause.ts'

// The longest time, in ms, that a lease may take to expire when its holder ran on another machine.
const LOCKED_MS = 15_000

const hasLease: StoreClause['applies'] = ({ lease = false, shared }) => lease && shared

export const processClauses: readonly StoreClause[] = [
  {
    id: 'processes.shared',
    title:
      'shared: Whether several processes may use the store at the same time, as long as each name has one writer. True: they may.',
    needs: 'process',
    applies: (declared) => declared.shared && declared.retains,
    async run(trial) {
      const processes = [trial.process(), trial.process(), trial.process()]
      await Promise.all(processes.map((each, at) => each.open(trial.capabilities.lease ? `p${at}-` : 'p-')))
      const rounds = processes.map(async (each, at) => {
        for (let round = 0; round < 20; round += 1) await each.set({ [`p${at}`]: { round }, [`p${at}-${round}`]: {} })
      })
      await Promise.all(rounds)
      for (const each of processes) {
        const last = { p0: { round: 19 }, p1: { round: 19 }, p2: { round: 19 } }
        same(await each.get('p0', 'p1', 'p2'), last, 'the records that each process reads')
      }
      same((await namesOf(await trial.open({ readOnly: true }))).length, 63, 'the number of listed names')
    },
  },
  {
    id: 'processes.locked',
    title: 'A second process is refused with `STORE_LOCKED` until the first has closed or was killed.',
    needs: 'process',
    applies: (declared) => isDurable(declared) && !declared.shared,
    async run(trial) {
      const [first, second, third] = [trial.process(), trial.process(), trial.process()]
      await first.open('p-')
      await rejectsWith('STORE_LOCKED', () => second.open('p-'), 'open() in a second process')
      await first.close()
      await onceFree(() => second.open('p-'))
      await rejectsWith('STORE_LOCKED', () => third.open('p-'), 'open() in a third process')
      await second.kill()
      await onceFree(() => third.open('p-'))
    },
  },
  {
    id: 'processes.lease',
    title:
      'lease: A second process of the same owner is refused with `STORE_LOCKED` until the first has closed or was killed. Other owners write meanwhile.',
    needs: 'process',
    applies: hasLease,
    async run(trial) {
      const [first, second, third, other] = [trial.process(), trial.process(), trial.process(), trial.process()]
      await first.open('p-')
      await rejectsWith('STORE_LOCKED', () => second.open('p-'), 'open() in a second process')
      await other.open('q-')
      await other.set({ 'q-a': { n: 1 } })
      await first.close()
      await onceFree(() => second.open('p-'))
      await rejectsWith('STORE_LOCKED', () => third.open('p-'), 'open() in a third process')
      await second.kill()
      await onceFree(() => third.open('p-'))
      await third.set({ 'p-a': { n: 2 } })
      same(await third.get('p-a', 'q-a'), { 'p-a': { n: 2 }, 'q-a': { n: 1 } }, 'the records of both owners')
    },
  },
  {
    id: 'processes.lease-frozen',
    title:
      'lease: Whether a shared store takes a lease for the `owner` at `open()`. Its server checks the lease in the same step as each write, and refuses a writer that has lost it. A process that was stopped meanwhile changes nothing when it continues.',
    needs: 'process',
    applies: hasLease,
    async run(trial) {
      const [first, second] = [trial.process(), trial.process()]
      await first.open('p-')
      await first.set({ a: { n: 1 }, b: { n: 1 } })
      first.freeze()
      await onceFree(() => second.open('p-'))
      await second.set({ a: { n: 2 } })
      const late = [settle(() => first.set({ a: { n: 3 } })), settle(() => first.delete('b'))]
      first.thaw()
      for (const outcome of await Promise.all(late)) {
        check('error' in outcome, 'a write of the process that lost its lease was acknowledged')
      }
      same(await second.get('a', 'b'), { a: { n: 2 }, b: { n: 1 } }, 'the records')
      await second.set({ a: { n: 4 } })
    },
  },
  {
    id: 'processes.kill-between',
    title:
      'durability: What an acknowledged write survives: nothing (`none`), a `kill -9` of the process (`process`), or a power cut on storage that honours a flush (`power`). After a kill between writes every record is stored.',
    needs: 'process',
    applies: isDurable,
    async run(trial) {
      const writer = trial.process()
      await writer.open()
      await writer.set(numbered(50))
      await writer.set({ n1: { again: true } })
      await writer.delete('n2', 'n3')
      await writer.kill()
      const store = await onceFree(() => trial.open())
      const expected: Record<string, unknown> = { ...numbered(50), n1: { again: true } }
      for (const name of ['n2', 'n3']) delete expected[name]
      same(await read(store, Object.keys(numbered(50))), expected, 'the records after the kill')
    },
  },
  {
    id: 'processes.kill-during',
    title: 'After a kill during a write each record is whole, old or new, and no acknowledged write is lost.',
    needs: 'process',
    applies: (declared) => retains(declared) && isDurable(declared),
    async run(trial) {
      const names = ['a', 'b', 'c']
      const recordOf = (round: number) => ({ round, pad: String(round % 10).repeat(20_000 + round) })
      let acknowledged = 0
      let begun = 0
      for (const delay of [5, 12, 25, 40]) {
        const writer = trial.process()
        await onceFree(() => writer.open())
        const before = acknowledged
        const writing = settle(async () => {
          for (;;) {
            begun += 1
            await writer.set(Object.fromEntries(names.map((name) => [name, recordOf(begun)])))
            acknowledged = begun
          }
        })
        await eventually(() => acknowledged > before, 'no write was acknowledged')
        await sleep(delay)
        await writer.kill()
        await writing
        const store = await onceFree(() => trial.open())
        for (const [name, record] of Object.entries(await readAll(store, names))) {
          const { round } = record as { round: number }
          check(
            round >= acknowledged && round <= begun,
            `${name} is of round ${round}, which must be from ${acknowledged} to ${begun}`,
          )
          same(record, recordOf(round), `${name}, whole`)
        }
        await store.close?.()
      }
    },
  },
]

async function readAll(store: Parameters<typeof read>[0], names: readonly string[]): Promise<Record<string, unknown>> {
  const found = await read(store, names)
  same(Object.keys(found).sort(), [...names], 'the stored names')
  return found
}

/** Retries while the store is locked, since a lock may outlive its process for a moment. Other errors are thrown. */
async function onceFree<T>(open: () => Promise<T>): Promise<T> {
  let opened: { store: T } | undefined
  await eventually(
    async () => {
      const outcome = await settle(async () => {
        opened = { store: await open() }
      })
      if ('error' in outcome && codeOf(outcome.error) !== 'STORE_LOCKED') throw outcome.error
      return opened !== undefined
    },
    'it stays locked',
    LOCKED_MS,
  )
  check(opened !== undefined, 'the store does not open')
  return opened.store
}
