// The tables of docs/choose-a-store.md, as JSON on standard output; run by scripts/store-tables.mjs.
import { costsTable } from './costs-table.ts'
import { keepsTable } from './keeps-table.ts'

process.stdout.write(JSON.stringify({ keeps: keepsTable(), costs: await costsTable() }))
