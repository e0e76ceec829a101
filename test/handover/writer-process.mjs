// One of several writers of one owner. It waits for the lease, then writes as fast as it can, and reports a fault when it has
// written over what another writer wrote meanwhile. Its messages to the parent are opened, acknowledged and fault.
import { keyvStore } from '@sessionkeep/store-keyv'

const [, , uri, namespace] = process.argv
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const store = keyvStore({ uri, namespace, leaseMs: 1000, timeoutMs: 2000 })
const within = () => ({ signal: AbortSignal.timeout(5000) })
const me = process.pid
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

const stored = async () => (await store.getMany(['counter'], within())).get('counter') ?? { count: 0, by: 0 }

async function writeUntilLost() {
  let { count } = await stored()
  process.send({ opened: me, count })
  for (let isFirst = true; ; isFirst = false) {
    const seen = await stored()
    const isReplaced = !isFirst && (seen.by !== me || seen.count !== count)
    const next = { count: count + 1, by: me }
    // Rejects when another writer has taken over, and then nothing was written.
    await store.setMany(new Map([['counter', next]]), within())
    if (isReplaced) process.send({ fault: `${me} wrote ${next.count} over ${JSON.stringify(seen)}` })
    count = next.count
    process.send({ acknowledged: count })
  }
}

process.on('disconnect', () => process.exit(0))
for (;;) {
  try {
    await store.open({ ...within(), logger, owner: 'pool' })
    await writeUntilLost()
  } catch {
    // Locked by another writer, or the lease was lost: the next round waits for it again.
  }
  await store.close()
  await pause()
}
