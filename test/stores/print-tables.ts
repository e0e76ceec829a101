// Prints the tables of docs/choose-a-store.md as JSON; scripts/store-tables.mjs runs it.
import { costsTable } from './costs-table.ts'
import { keepsTable } from './keeps-table.ts'

process.stdout.write(JSON.stringify({ keeps: keepsTable(), costs: await costsTable() }))
