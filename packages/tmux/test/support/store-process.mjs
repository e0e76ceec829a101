// Serves the store of the conformance suite in a separate process.
import { serveStore } from '@sessionkeep/conformance'
import { tmuxStore } from '../../src/index.ts'

serveStore(({ directory }) => tmuxStore({ socketPath: `${directory}/s` }))
