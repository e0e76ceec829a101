import { historySuite } from '@sessionkeep/conformance'
import { fileStore } from '@sessionkeep/store-file'
import { describe, expect, test } from 'vitest'

/** The same histories each time, so that what is red is of the change; SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED for others. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env

historySuite({ describe, test, expect }, 'file', {
  capabilities: { durability: 'process', retains: true, shared: false },
  // A few with a power cut in mind: the same, and slower.
  create: ({ id, directory }) => fileStore({ directory, durability: id.endsWith('0') ? 'power' : 'process' }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH ? {} : { runs: 240 }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_SEED || SESSIONKEEP_PATH ? {} : { seed: SEED }),
})
