import { type MemoryHost, memoryHost } from '@sessionkeep/contracts/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { hostSuite, type Place } from '../src/index.ts'

const hosts = new Map<string, MemoryHost>()
const hostOf = ({ id }: Place): MemoryHost => {
  const host = hosts.get(id) ?? memoryHost()
  hosts.set(id, host)
  return host
}

const suite = hostSuite({ describe, test, expect }, 'memory', {
  create: hostOf,
  cause: {
    rename: (place, from, to) => hostOf(place).control.rename(from, to),
    add: (place, sessionName) => void hostOf(place).control.add(sessionName),
    outage(place) {
      const { setUnavailable } = hostOf(place).control
      setUnavailable('an outage of the test')
      return () => setUnavailable(undefined)
    },
  },
})

afterAll(() => expect(suite.report().level).toBe('gold'))
