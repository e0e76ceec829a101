// Serves the store of the conformance suite in a separate process: on the server that the test names, else on a file.
import { serveStore } from '@sessionkeep/conformance'
import { keyvStore } from '../../src/index.ts'

serveStore(({ id, directory }) =>
  keyvStore({
    uri: process.env.KEYV_TEST_URI ?? `sqlite://${directory}/sessions.db`,
    namespace: id,
    ...(process.env.KEYV_TEST_URI && { leaseMs: 1500 }),
  }),
)
