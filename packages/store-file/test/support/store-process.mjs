// Serves the store of the conformance suite without the journal in a separate process.
import { serveStore } from '@sessionkeep/conformance'
import { fileStore } from '../../src/index.ts'

serveStore(({ directory }) => fileStore({ directory: `${directory}/sessions`, journal: false }))
