import { historySuite } from '@sessionkeep/conformance'
import { fileStore } from '@sessionkeep/store-file'
import { describe, expect, test } from 'vitest'

/** The seed is fixed, so that a failure comes from the change under test. With SESSIONKEEP_HISTORIES or SESSIONKEEP_SEED other histories run. */
const SEED = 20_261_122
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env

historySuite({ describe, test, expect }, 'file', {
  capabilities: { durability: 'process', retains: true, shared: false },
  // Few histories use the durability power, because it is slower.
  create: ({ id, directory }) => fileStore({ directory, durability: id.endsWith('0') ? 'power' : 'process' }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_PATH ? {} : { runs: 80 }),
  ...(SESSIONKEEP_HISTORIES || SESSIONKEEP_SEED || SESSIONKEEP_PATH ? {} : { seed: SEED }),
})
