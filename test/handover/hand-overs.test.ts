import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { built } from '../support/built.ts'
import { engines } from './engines.ts'
import { handOvers } from './hand-overs.ts'

const writer = built(fileURLToPath(new URL('./writer-process.mjs', import.meta.url)))
/** `npm run campaign:handover` sets a larger number. */
const wanted = Number(process.env.SESSIONKEEP_HANDOVERS ?? 6)
const timeout = 60_000 + wanted * 10_000

const never = (result: { done: number; acknowledged: number; faults: readonly string[] }) => {
  expect(result).toEqual({ done: wanted, acknowledged: expect.any(Number), faults: [] })
  expect(result.acknowledged).toBeGreaterThan(wanted)
  if (wanted > 6) console.log(`${result.done} hand-overs, ${result.acknowledged} acknowledged writes`)
}

describe('a writer that is stopped or killed at random moments never writes beside its successor, and no acknowledged write is lost', () => {
  for (const { name, needs, isThere, make } of engines)
    test.skipIf(!isThere)(
      `on ${name} (needs ${needs})`,
      async () => {
        const { uri, cwd, takesOver } = await make()
        const place = { uri: uri.replace('{owner}', 'sessions'), namespace: 'handover', cwd, stops: takesOver }
        never(await handOvers({ program: writer, wanted, ...place }))
      },
      timeout,
    )
})
