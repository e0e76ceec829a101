import { memoryStore, noneStore } from '@sessionkeep/core'
import { describe, expect, test } from 'vitest'
import { historySuite } from '../src/index.ts'
import { soundStore } from './support/sound-store.ts'

historySuite({ describe, test, expect }, 'a sound store', {
  capabilities: { durability: 'process', retains: true, shared: false },
  create: soundStore,
  ...((process.env.SESSIONKEEP_HISTORIES ?? process.env.SESSIONKEEP_PATH) ? {} : { runs: 240 }),
})
historySuite({ describe, test, expect }, 'memory', {
  capabilities: { durability: 'none', retains: true, shared: false },
  create: () => memoryStore(),
})
historySuite({ describe, test, expect }, 'none', {
  capabilities: { durability: 'none', retains: false, shared: true },
  create: () => noneStore(),
})
