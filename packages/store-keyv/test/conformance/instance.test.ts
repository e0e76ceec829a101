import { storeSuite } from '@sessionkeep/conformance'
import { Keyv } from 'keyv'
import { describe, expect, test } from 'vitest'
import { keyvStore } from '../../src/index.ts'

const capabilities = { durability: 'none', retains: true, shared: false } as const

storeSuite({ describe, test, expect }, 'keyv over a Map', {
  capabilities,
  create: () => keyvStore({ adapter: new Map() }),
})

storeSuite({ describe, test, expect }, 'keyv over a Keyv of the caller’s', {
  capabilities,
  create: () => keyvStore({ keyv: new Keyv({ namespace: 'theirs' }) }),
})
