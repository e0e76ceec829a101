// Runs the suites under node:test, which has no expect().

import { describe, test } from 'node:test'
import { hostSuite, storeSuite } from '@sessionkeep/conformance'
import { memoryStore } from '@sessionkeep/contracts'
import { memoryHost } from '@sessionkeep/contracts/testing'

storeSuite({ describe, test }, 'memory', {
  capabilities: { durability: 'none', retains: true, shared: false },
  create: () => memoryStore(),
})

const hosts = new Map()
hostSuite({ describe, test }, 'memory', {
  create({ id }) {
    if (!hosts.has(id)) hosts.set(id, memoryHost())
    return hosts.get(id)
  },
})
