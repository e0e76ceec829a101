import { parseRecord, serializeRecord } from '@sessionkeep/contracts'
import { sameJson } from '@sessionkeep/contracts/internal'
import { hostileValue } from '../hostile.ts'
import { changedObject, jsonFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

export const validRecord = {
  ...{ sessionName: 's', workspace: 's', createdAt: 1_767_225_600_000, lastActivityAt: 1_767_229_200_000 },
  ...{ totalRequests: 42, status: 'idle', incarnation: 'memory.1', pool: 'claude-', revision: 5, run: 'r' },
  ...{ attributes: { k: ['v'] }, counts: { r: 42 }, past: [], schemaVersion: 1 },
}

/** A record whose attributes are all set one by one. They must not be sorted or copied anew for each. */
function withManyVersions(): string {
  const names = Array.from({ length: 5000 }, (_, at) => `k${at}`)
  const attributes = Object.fromEntries(names.map((name) => [name, 1]))
  const attributesAt = { all: 'r1', some: { t9: names } }
  return JSON.stringify(
    serializeRecord({ ...validRecord, status: 'idle', attributes, attributesAt, extra: {} } as never),
  )
}

/** The parser of records: whatever is stored, it returns a copy, and a record that it found is found again. */
export const record: FuzzTarget = {
  name: 'record',
  corpus: [
    JSON.stringify({ ...validRecord, revision: 2 ** 52, totalRequests: 2 ** 52 }),
    JSON.stringify({ ...validRecord, createdAt: 8.64e15, lastActivityAt: 8.64e15 }),
    JSON.stringify({ ...validRecord, attributes: '!circular' }),
    withManyVersions(),
    JSON.stringify({ ...validRecord, newer: '!bigint' }),
    JSON.stringify({ ...validRecord, newer: '!deep' }),
    `{"__proto__":{"polluted":1},${JSON.stringify(validRecord).slice(1)}`,
  ],
  input: (random) => (random.bool(0.8) ? changedObject(random, validRecord) : jsonFrom(random)),
  check(input) {
    const raw = hostileValue(input)
    const copy = parseRecord('s', raw)
    claim(['found', 'unreadable', 'newer'].includes(copy.kind), `parseRecord() returned ${copy.kind}`)
    if (copy.kind !== 'found') return
    const stored = serializeRecord(copy.record)
    const again = parseRecord('s', JSON.parse(JSON.stringify(stored)))
    claim(again.kind === 'found', 'a record that was found is not found after it was stored')
    claim(sameJson(serializeRecord(again.record), stored), 'a record changed when it was stored and read')
  },
}
