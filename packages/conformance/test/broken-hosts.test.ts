import { type MemoryHost, memoryHost } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { hostClauses } from '../src/host/host-suite.ts'
import { hostSuite, type Place } from '../src/index.ts'
import { type BrokenHost, hosts } from './broken/hosts.ts'
import { failedIn, runTests } from './support/run-suite.ts'

async function failedBy(wrap: BrokenHost['wrap']): Promise<string[]> {
  const made = new Map<string, MemoryHost>()
  const hostOf = ({ id }: Place): MemoryHost => {
    const host = made.get(id) ?? memoryHost()
    made.set(id, host)
    return host
  }
  const report = await runTests(
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
  return failedIn(report)
}

test('hostSuite() finds nothing wrong with a sound host', async () => {
  expect(await failedBy(() => ({}))).toEqual([])
})

test('hostSuite() has for every clause a broken host that it finds', () => {
  const tested = new Set(hosts.flatMap(({ foundBy, alsoBreaks = [] }) => [foundBy, ...alsoBreaks]))
  // The memory host runs no commands.
  const ids = hostClauses.filter(({ applies }) => applies === undefined).map(({ id }) => id)
  expect(ids.filter((id) => !tested.has(id))).toEqual([])
})

for (const { fault, foundBy, alsoBreaks = [], wrap } of hosts) {
  test(`${foundBy} finds a host that ${fault}`, async () => {
    expect((await failedBy(wrap)).sort()).toEqual([foundBy, ...alsoBreaks].sort())
  })
}
