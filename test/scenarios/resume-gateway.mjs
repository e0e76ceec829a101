import { createInterface } from 'node:readline'
import { createSessionPool } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { tmuxHost } from '@sessionkeep/tmux'

// A gateway with the sessions of the scenario: what it does not end itself is lost when its server or its machine ends.
const { directory, socketPath, agent, boot } = JSON.parse(process.argv[2] ?? '{}')
const pool = createSessionPool({
  host: { ...tmuxHost({ socketPath }), place: undefined, boot: async () => boot },
  metadata: { store: fileStore({ directory }), flushIntervalMs: 50 },
  livenessIntervalMs: 200,
  launch: (_workspace, attributes) => ({ command: [agent, '--session-id', attributes.conversation] }),
})
const seen = (workspace, text) =>
  new Promise((resolve) => {
    const look = async () => {
      if ((await pool.capture(workspace)).includes(text)) resolve()
      else setTimeout(look, 20)
    }
    void look()
  })
const listed = async (workspace) => {
  while (!pool.listEnded().some((ended) => ended.workspace === workspace)) await new Promise((r) => setTimeout(r, 20))
}

await pool.start()
for (const workspace of ['a', 'b', 'done', 'deleted']) {
  await pool.getOrCreateSession(workspace, { attributes: { conversation: `conversation-${workspace}` } })
  await pool.withRequest(workspace, async () => {
    await pool.sendText(workspace, `hello from ${workspace}`, { submit: true })
    await seen(workspace, `noted hello from ${workspace}`)
  })
}
await pool.sendText('done', '/exit', { submit: true })
await listed('done')
await pool.deleteSession('deleted')
pool.trackRequestStart('b')
for (const workspace of ['a', 'b']) await pool.saveSessionMetadata(workspace)
process.stdout.write('ready\n')
createInterface(process.stdin)
