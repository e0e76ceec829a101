// The suite's store in a process of its own.
import { serveStore } from '@sessionkeep/conformance'
import { unstorageStore } from 'sessionkeep-store-unstorage'

const FS = { durability: 'none', retains: true, shared: true }
serveStore(({ directory }) => unstorageStore('fs', { base: `${directory}/base` }, FS))
