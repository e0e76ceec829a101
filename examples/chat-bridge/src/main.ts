import { mkdirSync } from 'node:fs'
import { loadConfig } from '@sessionkeep/core'
import { startBridge } from './bridge.ts'
import { consoleChat } from './console-chat.ts'
import { ircChat } from './irc-chat.ts'
import { createChatPool } from './pool.ts'
import { readSettings } from './settings.ts'

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 })
  const pool = createChatPool(settings, await loadConfig())
  // The agents of the last run are known before the first message comes.
  await pool.start()
  const service = settings.irc ? ircChat(settings.irc) : consoleChat()
  startBridge(pool, service, settings.directory)

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      service.close()
      // The agents go on, and are found again.
      await pool.stop()
    })
  }
}

main().catch((error: unknown) => {
  // An error with a code comes from a setting, a disk or a socket, and its message says enough. Any other is a fault of this program.
  console.error(error instanceof Error && 'code' in error ? String(error) : error)
  process.exit(1)
})
