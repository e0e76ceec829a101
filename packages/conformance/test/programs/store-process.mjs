// The store of the other file, in a process of its own; FAULT and SHARED say which.
import { serveStore } from '@sessionkeep/conformance'
import { jsonFileStore } from './json-file-store.mjs'

const capabilities = { durability: 'process', retains: true, shared: process.env.SHARED === 'yes' }
serveStore((place) => jsonFileStore(place, { fault: process.env.FAULT, capabilities }))
