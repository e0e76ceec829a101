import { type MemoryHost, memoryHost } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { hostClauses } from '../src/host/host-suite.ts'
import { hostSuite, type Place, type SuiteReport } from '../src/index.ts'
import { type BrokenHost, hosts } from './broken/hosts.ts'
import { failedIn, runTests } from './support/run-suite.ts'

async function reportOf(wrap: BrokenHost['wrap']): Promise<SuiteReport> {
  const made = new Map<string, MemoryHost>()
  const hostOf = ({ id }: Place): MemoryHost => {
    const host = made.get(id) ?? memoryHost()
    made.set(id, host)
    return host
  }
  return await runTests(
    (runner) =>
      hostSuite(runner, 'broken', {
        create: (place) => ({ ...hostOf(place), ...wrap(hostOf(place)) }),
        cause: {
          rename: (place, from, to) => hostOf(place).control.rename(from, to),
          add: (place, sessionName) => void hostOf(place).control.add(sessionName),
          outage(place) {
            hostOf(place).control.setUnavailable('an outage of the test')
            return () => hostOf(place).control.setUnavailable(undefined)
          },
        },
      }),
    /./,
  )
}

const failedBy = async (wrap: BrokenHost['wrap']): Promise<string[]> => failedIn(await reportOf(wrap))

test('hostSuite() finds nothing wrong with a sound host', async () => {
  expect(await failedBy(() => ({}))).toEqual([])
})

test('hostSuite() has for every clause a broken host that it finds', () => {
  const tested = new Set(hosts.flatMap(({ foundBy, alsoBreaks = [] }) => [foundBy, ...alsoBreaks]))
  // The memory host runs no commands.
  const ids = hostClauses.filter(({ applies }) => applies === undefined).map(({ id }) => id)
  expect(ids.filter((id) => !tested.has(id))).toEqual([])
})

test('hostSuite() reports that a clause about a method does not apply to a host without the method', async () => {
  const { clauses } = await reportOf(() => ({ sendKeys: undefined, attachCommand: undefined }) as object)
  const about = clauses.filter(({ id }) => id === 'talk.keys' || id === 'attach.words')
  expect(about.map(({ outcome }) => outcome)).toEqual(['not applicable', 'not applicable'])
})

for (const { fault, foundBy, alsoBreaks = [], wrap } of hosts) {
  test(`${foundBy} finds a host that ${fault}`, async () => {
    expect((await failedBy(wrap)).sort()).toEqual([foundBy, ...alsoBreaks].sort())
  })
}
