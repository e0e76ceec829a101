// The conformance suite's store in a process of its own: on the server that the test names, else on the place's own file.
import { serveStore } from '@sessionkeep/conformance'
import { keyvStore } from '../../src/index.ts'

serveStore(({ id, directory }) =>
  keyvStore({ uri: process.env.KEYV_TEST_URI ?? `sqlite://${directory}/sessions.db`, namespace: id }),
)
