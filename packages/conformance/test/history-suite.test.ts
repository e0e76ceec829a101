import { memoryStore, noneStore } from '@sessionkeep/core'
import { describe, expect, test } from 'vitest'
import { historySuite } from '../src/index.ts'
import { soundStore } from './support/sound-store.ts'

/** The same histories each time, so that what is red is of the change; SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED for others. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env
const short = SESSIONKEEP_HISTORIES || SESSIONKEEP_SEED || SESSIONKEEP_PATH ? {} : { seed: SEED }

historySuite({ describe, test, expect }, 'a sound store', {
  capabilities: { durability: 'process', retains: true, shared: false },
  create: soundStore,
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH ? {} : { runs: 240 }),
  ...short,
})
historySuite({ describe, test, expect }, 'memory', {
  capabilities: { durability: 'none', retains: true, shared: false },
  create: () => memoryStore(),
  ...short,
})
historySuite({ describe, test, expect }, 'none', {
  capabilities: { durability: 'none', retains: false, shared: true },
  create: () => noneStore(),
  ...short,
})
