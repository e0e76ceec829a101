import { expect, test } from 'vitest'
import { newLease, takeLease } from '../src/lease.ts'
import { rejection } from './support/fixture.ts'

const leaseOf = (leaseMs: number, store: string) =>
  newLease('sessions%lease:-:gateway', { owner: 'gateway', leaseMs, store, found: {} })

test('the error of a locked store says after how long the lease of its holder ends, and not that of the refused writer', async () => {
  const holder = await leaseOf(60_000, 'first')
  const elsewhere = holder.text.replace(/"host":"[^"]*"/, '"host":"elsewhere"')
  const error = await rejection(takeLease(await leaseOf(1000, 'second'), 'redis://h', async () => `${elsewhere} 7`))
  expect(error).toMatchObject({ code: 'STORE_LOCKED', context: { host: 'elsewhere' } })
  expect(error.message).toContain('at the latest 60000 ms after the process last renewed its lease')
})
