// Serves the store of the conformance suite in a separate process.
import { serveStore } from '@sessionkeep/conformance'
import { unstorageStore } from 'sessionkeep-store-unstorage'

const FS = { durability: 'none', retains: true, shared: true }
serveStore(({ directory }) => unstorageStore('fs', { base: `${directory}/base` }, FS))
