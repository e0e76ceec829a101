import { execFileSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { tmuxHost } from '@sessionkeep/tmux'
import { startLoad } from './load.mjs'
import { totalsIn } from './records.mjs'

const { socketPath, metadata } = JSON.parse(process.argv[2] ?? '{}')
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
// Without a socket the sessions end with the process.
const host = socketPath ? { ...tmuxHost({ socketPath, timeoutMs: 20_000 }), place: undefined } : memoryHost()
const pool = createSessionPool({ host, metadata, livenessIntervalMs: 100, maxSessions: 1000, logger })
// Writes to a pipe are synchronous, so that every line written before a SIGKILL arrives.
const send = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const verbs = {
  async create({ names }) {
    for (const name of names) await pool.getOrCreateSession(name)
  },
  async requests({ name, count }) {
    for (let at = 0; at < count; at += 1) await pool.withRequest(name, () => undefined)
    return pool.getSession(name)
  },
  save: ({ name }) => pool.saveSessionMetadata(name),
  delete: ({ name }) => pool.deleteSession(name),
  session: ({ name }) => pool.getSession(name) ?? null,
  sessions: () => pool.listSessions(),
  switch: ({ selection, options }) => pool.switchStore(selection, options),
  async rollback() {
    const startedAt = performance.now()
    const { from, to } = await pool.rollback({ reason: 'a drill' })
    return { from, to, durationMs: performance.now() - startedAt }
  },
  status: () => pool.persistence(),
  freeze: ({ volume }) => void execFileSync('fsfreeze', ['-f', volume]),
  thaw: ({ volume }) => void execFileSync('fsfreeze', ['-u', volume]),
  /** Reads the records of a directory that only this process can see. */
  stored: async ({ directory }) => Object.fromEntries(await totalsIn(fileStore({ directory }))),
  stop: () => pool.stop(),
  /** Starts requests, a report of all totals every `everyMs`, and one save after another. */
  load({ names, perSecond, everyMs }) {
    startLoad(pool, names, perSecond)
    const report = () => {
      const totals = Object.fromEntries(
        pool.listSessions().map(({ workspace, totalRequests }) => [workspace, totalRequests]),
      )
      send({ report: { at: Date.now(), oldestDirtyMs: pool.persistence().oldestDirtyMs, totals } })
    }
    setInterval(report, everyMs)
    void saveByTurns(names)
  },
}

async function saveByTurns(names) {
  for (let at = 0; ; at += 1) {
    const name = names[at % names.length]
    const { totalRequests } = pool.getSession(name)
    const { stores } = await pool.saveSessionMetadata(name)
    send({ saved: { name, totalRequests, stores } })
    await pause(5)
  }
}

await pool.start()
send('ready')
for await (const line of createInterface(process.stdin)) {
  const { verb, ...given } = JSON.parse(line)
  const answer = await Promise.resolve()
    .then(() => verbs[verb](given))
    .catch(({ code, message }) => ({ error: { code, message } }))
  send({ answer: answer ?? null })
}
