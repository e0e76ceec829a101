import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { built } from '../support/built.ts'
import { engines, type SharedStore } from './engines.ts'
import { freezes } from './freezes.ts'

const gateway = built(fileURLToPath(new URL('./frozen-gateway.mjs', import.meta.url)))
/** `npm run campaign:freeze` sets larger numbers, and runs all engines. */
const { SESSIONKEEP_FREEZES } = process.env
const wanted = Number(SESSIONKEEP_FREEZES ?? 1)
const freezeMs = Number(process.env.SESSIONKEEP_FREEZE_MS ?? 1500)
const leaseMs = freezeMs > 20_000 ? 15_000 : 1000
const timeout = 120_000 + freezeMs + wanted * 20_000

async function neverLoses(store: SharedStore, holders = wanted, ms = freezeMs): Promise<void> {
  const { socketPath } = privateServer()
  const result = await freezes({ program: gateway, socketPath, wanted: holders, freezeMs: ms, leaseMs, ...store })
  const some = expect.any(Number)
  expect(result).toEqual({ done: holders, acknowledged: some, refused: some, requests: some, moved: some, faults: [] })
  if (holders > 1) console.log(JSON.stringify(result))
}

/** The short form has one engine, since a freeze mostly waits. */
const used = SESSIONKEEP_FREEZES === undefined ? engines.slice(0, 1) : engines

describe('a holder that is frozen and continues while another gateway has taken over writes nothing, and nothing acknowledged or counted is lost', () => {
  for (const { name, needs, isThere, make } of used)
    test.skipIf(!isThere)(`on ${name} (needs ${needs})`, async () => neverLoses(await make()), timeout)
  const files = used.find(({ name }) => name === 'SQLite')
  if (!files) return
  // A gateway that is frozen while it writes holds up all that use the file. They save once it goes on, so it must do that soon.
  test.skipIf(!files.isThere)(
    'on SQLite, in one file for all owners (needs sqlite3)',
    async () => {
      const { uri, ...rest } = await files.make()
      await neverLoses({ ...rest, uri: uri.replace('{owner}', 'sessions') }, wanted, Math.min(freezeMs, 1000))
    },
    timeout,
  )
})
