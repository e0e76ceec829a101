// Runs the conformance suite under node:test on the package as it is published: `npm run build && npm test`.
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { storeSuite, toMarkdown } from '@sessionkeep/conformance'
import { unstorageStore } from 'sessionkeep-store-unstorage'

const FS = { durability: 'none', retains: true, shared: true }
const MEMORY = { durability: 'none', retains: true, shared: false }
const onReport = (report) => process.env.REPORT && console.log(toMarkdown(report))

storeSuite({ describe, test }, 'unstorage with fs', {
  capabilities: FS,
  create: ({ directory }) => unstorageStore('fs', { base: `${directory}/base` }, FS),
  process: fileURLToPath(new URL('./store-process.mjs', import.meta.url)),
  onReport,
})

storeSuite({ describe, test }, 'unstorage with memory', {
  capabilities: MEMORY,
  create: () => unstorageStore('memory', {}, MEMORY),
  onReport,
})
