import { type DesiredSelection, nameOfChoice as nameOf } from '@sessionkeep/selection/internal'
import { describe, expect, test } from 'vitest'
import { writtenStores } from '../../../../selection/src/store-options.ts'
import { memoryStore } from '../../../src/index.ts'
import { planOf } from '../../../src/pool/stores/plan.ts'
import { silentLogger } from '../../support/held-store.ts'
import { sourcesOf } from '../../support/store-sources.ts'

const selection = (fields: Partial<DesiredSelection>): DesiredSelection => ({
  store: 'file',
  mirror: [],
  ...sourcesOf(),
  layer: 'config',
  mirrorLayer: 'config',
  reason: undefined,
  since: 0,
  ...fields,
})
const plan = (desired: Partial<DesiredSelection>, afterRestart: Partial<DesiredSelection> = {}) =>
  planOf({ desired: selection(desired), afterRestart: selection(afterRestart) }, silentLogger)
const roles = (planned: ReturnType<typeof planOf>) => planned.map(({ choice, role }) => [choice, role])
const keyWith = (options: unknown) => plan({ stores: writtenStores({ file: options }) })[0]?.key

describe('planOf()', () => {
  test('has the chosen store first, then its mirrors', () => {
    expect(roles(plan({ mirror: ['keyv', 'lowdb'] }))).toEqual([
      ['file', 'primary'],
      ['keyv', 'mirror'],
      ['lowdb', 'mirror'],
    ])
  })

  test('adds the store that a restart would select as a standby to a call at run time', () => {
    expect(roles(plan({ store: 'keyv', layer: 'runtime' }, { mirror: ['lowdb'] }))).toEqual([
      ['keyv', 'primary'],
      ['file', 'standby'],
    ])
  })

  test('adds no standby to the selection of another layer', () => {
    for (const layer of ['flag', 'environment', 'config', 'default'] as const)
      expect(roles(plan({ store: 'keyv', layer }))).toEqual([['keyv', 'primary']])
  })

  test('does not add the configured store again when the call names it', () => {
    expect(roles(plan({ store: 'keyv', mirror: ['file'], layer: 'runtime' }))).toEqual([
      ['keyv', 'primary'],
      ['file', 'mirror'],
    ])
    expect(roles(plan({ layer: 'runtime' }))).toEqual([['file', 'primary']])
  })

  test.each(['memory', 'none'] as const)(
    'has no store at all for %s: no mirror, and not the configured store',
    (store) => {
      expect(roles(plan({ store, mirror: ['keyv'], layer: 'runtime' }))).toEqual([])
    },
  )

  test.each(['memory', 'none'] as const)('adds no standby when %s is configured', (store) => {
    expect(roles(plan({ store: 'keyv', layer: 'runtime' }, { store }))).toEqual([['keyv', 'primary']])
  })

  test('recognises a store by the store object, or by its name and options in any order', () => {
    const store = memoryStore()
    expect(plan({ store })[0]?.key).toBe(store)
    expect(keyWith({ a: 1, b: { c: 2, d: [3, 4] } })).toBe(keyWith({ b: { d: [3, 4], c: 2 }, a: 1 }))
    expect(keyWith({ a: [3, 4] })).not.toBe(keyWith({ a: [4, 3] }))
    expect(keyWith({ a: 1 })).not.toBe(keyWith({ a: 2 }))
    expect(keyWith(undefined)).toBe(plan({})[0]?.key)
  })

  test('recognises options that are no JSON, such as a client, a function or a bigint', () => {
    class Client {
      readonly self = this
    }
    const [one, other] = [new Client(), new Client()]
    expect(keyWith({ client: one })).toBe(keyWith({ client: one }))
    expect(keyWith({ client: one })).not.toBe(keyWith({ client: other }))
    const run = () => 1
    expect(keyWith({ run })).toBe(keyWith({ run }))
    expect(keyWith({ run })).not.toBe(keyWith({ run: () => 1 }))
    expect(keyWith({ size: 1n })).not.toBe(keyWith({ size: 2n }))
  })

  test('recognises a store by options that contain themselves', () => {
    const options: Record<string, unknown> = {}
    options.self = options
    expect(keyWith(options)).toBe(keyWith(options))
    expect(keyWith(options)).not.toBe(keyWith({ self: options }))
  })
})

test('nameOfChoice() redacts the credentials of a URI that was given as a name', () => {
  expect(nameOf('redis://user:secret@host/0')).toBe('redis://***@host/0')
  expect(nameOf(memoryStore())).toBe('memory')
})
