import { createInterface } from 'node:readline'
import { createSessionPool } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { tmuxHost } from '@sessionkeep/tmux'

const { directory, socketPath, flushIntervalMs } = JSON.parse(process.argv[2] ?? '{}')
const pool = createSessionPool({
  host: { ...tmuxHost({ socketPath }), place: undefined },
  metadata: { store: fileStore({ directory }), flushIntervalMs },
})
const send = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

await pool.start()
send('ready')
for await (const line of createInterface(process.stdin)) {
  const { verb, requests } = JSON.parse(line)
  await pool.getOrCreateSession(verb)
  for (let i = 0; i < requests; i += 1) await pool.withRequest(verb, () => undefined)
  if (verb === 'working') {
    pool.trackRequestStart(verb)
    await pool.saveSessionMetadata(verb)
  }
  if (verb === 'saved') await pool.saveSessionMetadata(verb)
  if (verb === 'flushed') while (!pool.getSession(verb)?.saved) await new Promise((resolve) => setTimeout(resolve, 10))
  send(pool.getSession(verb))
}
