// The conformance suite's store in a process of its own.
import { serveStore } from '@sessionkeep/conformance'
import { tmuxStore } from '../../src/index.ts'

serveStore(({ directory }) => tmuxStore({ socketPath: `${directory}/s` }))
