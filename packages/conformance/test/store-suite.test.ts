import { memoryStore, noneStore } from '@sessionkeep/contracts'
import { describe, expect, test } from 'vitest'
import { storeSuite } from '../src/index.ts'

storeSuite({ describe, test, expect }, 'memory', {
  capabilities: { durability: 'none', retains: true, shared: false },
  create: () => memoryStore(),
})

storeSuite({ describe, test, expect }, 'none', {
  capabilities: { durability: 'none', retains: false, shared: true },
  create: () => noneStore(),
})
