// Runs the suites under bun:test.

import { describe, expect, test } from 'bun:test'
import { hostSuite, storeSuite } from '@sessionkeep/conformance'
import { memoryStore } from '@sessionkeep/contracts'
import { memoryHost } from '@sessionkeep/contracts/testing'

storeSuite({ describe, test, expect }, 'memory', {
  capabilities: { durability: 'none', retains: true, shared: false },
  create: () => memoryStore(),
})

const hosts = new Map()
hostSuite({ describe, test, expect }, 'memory', {
  create({ id }) {
    if (!hosts.has(id)) hosts.set(id, memoryHost())
    return hosts.get(id)
  },
})
