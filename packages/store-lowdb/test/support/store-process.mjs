// The conformance suite's store in a process of its own.
import { serveStore } from '@sessionkeep/conformance'
import { lowdbStore } from '../../src/index.ts'

serveStore(({ directory }) => lowdbStore({ file: `${directory}/kept/sessions.json` }))
