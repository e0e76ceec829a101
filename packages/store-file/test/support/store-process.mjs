// The conformance suite's store in a process of its own.
import { serveStore } from '@sessionkeep/conformance'
import { fileStore } from '../../src/index.ts'

serveStore(({ directory }) => fileStore({ directory: `${directory}/sessions` }))
