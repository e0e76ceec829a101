import { memoryStore, noneStore } from '@sessionkeep/contracts'
import '../../../test/setup/pace.ts'
import { describe, expect, test } from 'vitest'
import { historySuite } from '../src/index.ts'
import { soundStore } from './support/sound-store.ts'

/** A fixed seed, so that a failure is caused by the change under test. SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED runs other histories. */
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
