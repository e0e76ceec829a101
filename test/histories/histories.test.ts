import { historySuite } from '@sessionkeep/conformance'
import { fileStore } from '@sessionkeep/store-file'
import { describe, expect, test } from 'vitest'

/** A fixed seed, so that a failure is caused by the change under test. SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED runs other histories. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env

historySuite({ describe, test, expect }, 'file', {
  capabilities: { durability: 'process', retains: true, shared: false },
  // Fewer histories with the durability power, which is slower.
  create: ({ id, directory }) => fileStore({ directory, durability: id.endsWith('0') ? 'power' : 'process' }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH ? {} : { runs: 240 }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_SEED || SESSIONKEEP_PATH ? {} : { seed: SEED }),
})
