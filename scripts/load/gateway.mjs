// The gateway of scripts/load-http.mjs: sessions in memory, records in files, and all routes. Its first line is its address.
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { createHttpApp } from '@sessionkeep/http'
import { serveHttp } from '@sessionkeep/http/node'

const [directory = '', count = '50'] = process.argv.slice(2)
const pool = createSessionPool({
  host: memoryHost(),
  maxSessions: 500,
  metadata: {
    store: 'file',
    stores: { file: { directory: join(directory, 'sessions') }, lowdb: { file: join(directory, 'lowdb.json') } },
  },
})
await pool.start()
for (let at = 0; at < Number(count); at += 1) await pool.getOrCreateSession(`w${at}`)
const http = createHttpApp(pool, { readOnly: false })
await serveHttp(http)
process.once('SIGTERM', async () => {
  http.close()
  const { unsaved } = await pool.stop()
  process.exit(unsaved.length === 0 ? 0 : 1)
})
