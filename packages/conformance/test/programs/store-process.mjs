// Runs the store of json-file-store.mjs in a process of its own; FAULT and SHARED select its fault and capabilities.
import { serveStore } from '@sessionkeep/conformance'
import { jsonFileStore } from './json-file-store.mjs'

const capabilities = { durability: 'process', retains: true, shared: process.env.SHARED === 'yes' }
serveStore((place) => jsonFileStore(place, { fault: process.env.FAULT, capabilities }))
