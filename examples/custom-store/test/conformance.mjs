// Runs the conformance suite under node:test on the package as it is published: `npm run build && npm test`.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
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
  cause: {
    // A file in place of the directory.
    outage({ directory }) {
      renameSync(`${directory}/base`, `${directory}/away`)
      writeFileSync(`${directory}/base`, '')
      return () => {
        rmSync(`${directory}/base`)
        renameSync(`${directory}/away`, `${directory}/base`)
      }
    },
  },
  onReport,
})

storeSuite({ describe, test }, 'unstorage with memory', {
  capabilities: MEMORY,
  create: () => unstorageStore('memory', {}, MEMORY),
  onReport,
})
