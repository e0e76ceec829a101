import { memoryStore } from '@sessionkeep/core'
import { StoreBatchError, StoreError } from '@sessionkeep/core/store'
import { describe, expect, it } from 'vitest'
import { readBatch } from '../src/stores/records.ts'
import { storedSessions } from '../src/stores/stored-sessions.ts'
import { record } from './support/fixture.ts'

const signal = () => AbortSignal.timeout(60_000)

/** A store with the records of `docs` and `web`, of which it cannot read these. */
async function storeWithout(...names: string[]) {
  const memory = memoryStore()
  await memory.open?.({ signal: signal(), logger: console as never })
  const both = [record('docs'), record('web')].map((one) => [one.sessionName, one] as const)
  await memory.setMany(new Map(both), { signal: signal() })
  const refused = (name: string) => new StoreError('STORE_UNAVAILABLE', `Could not read ${name}: EACCES.`)
  const getMany: typeof memory.getMany = async (asked, options) => {
    const failed = asked.filter((name) => names.includes(name))
    const values = await memory.getMany(
      asked.filter((name) => !names.includes(name)),
      options,
    )
    if (failed.length === 0) return values
    throw new StoreBatchError(new Map(failed.map((name) => [name, refused(name)])), values)
  }
  return { label: 'memory', store: { ...memory, getMany, close: async () => undefined } as never, signal }
}

describe('a record that the store cannot read now', () => {
  it('is listed with the reason, and hides no other', async () => {
    const { sessions, odd } = await storedSessions(await storeWithout('claude-docs'))
    expect(sessions.map(({ workspace }) => workspace)).toEqual(['web'])
    expect(odd).toEqual([{ name: 'claude-docs', why: 'Could not read claude-docs: EACCES.' }])
  })

  it('is an error if no record can be read, since the store itself may be away', async () => {
    const from = await storeWithout('claude-docs', 'claude-web')
    await expect(storedSessions(from)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is an error for a copy, which must be whole', async () => {
    const from = await storeWithout('claude-docs')
    await expect(readBatch(from, ['claude-docs', 'claude-web'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
