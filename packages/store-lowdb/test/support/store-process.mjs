// Serves the store of the conformance suite in a separate process.
import { serveStore } from '@sessionkeep/conformance'
import { lowdbStore } from '../../src/index.ts'

serveStore(({ directory }) => lowdbStore({ file: `${directory}/kept/sessions.json` }))
