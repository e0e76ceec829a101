import type { StoreRole } from '../../replication/members.ts'
import type { StoreKey } from '../../replication/store-key.ts'
import { type DesiredSelection, nameOfChoice, type StoreChoice, standsAlone } from '../../selection/selection.ts'
import type { WrittenStores } from '../../selection/store-options.ts'

/** What is to be in force, as the layers say it at the moment when its turn has come. */
export interface Wanted {
  readonly desired: DesiredSelection
  readonly afterRestart: DesiredSelection
}

/** A store that is to take part. */
export interface PlannedStore {
  readonly choice: StoreChoice
  readonly key: StoreKey
  readonly role: StoreRole
}

/**
 * The stores of a selection, the chosen one first. A call at run time keeps the store that a restart would select beside
 * its own, so that a restart finds it current.
 */
export function planOf(desired: DesiredSelection, afterRestart: DesiredSelection): PlannedStore[] {
  const { store, mirror, stores } = desired
  if (standsAlone(store)) return []
  const plan: PlannedStore[] = [{ choice: store, key: keyOf(store, stores), role: 'primary' }]
  for (const choice of mirror) plan.push({ choice, key: keyOf(choice, stores), role: 'mirror' })
  const kept = afterRestart.store
  const key = keyOf(kept, stores)
  const isIn = plan.some((planned) => planned.key === key)
  if (desired.layer === 'runtime' && !standsAlone(kept) && !isIn) plan.push({ choice: kept, key, role: 'kept' })
  return plan
}

/** What a chosen store is known by. */
export function keyOf(choice: StoreChoice, stores: WrittenStores): StoreKey {
  if (typeof choice !== 'string') return choice
  const options = stores[choice]?.options
  return options === undefined ? choice : `${choice} ${textOf(options)}`
}

/** Options that refer to themselves have no text: those are the same where they are the same object. */
function textOf(options: unknown): string {
  try {
    return JSON.stringify(options, ordered)
  } catch {
    return JSON.stringify(numbered(options as object))
  }
}

/** Options that are no JSON, such as a client or a function, by a number each. */
const numbers = new WeakMap<object, number>()
let lastNumber = 0

/** The same options in another order are the same options. */
function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || (typeof value === 'object' && value !== null && !isPlain(value))) {
    return numbered(value)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function numbered(value: object): { '#': number } {
  const number = numbers.get(value) ?? ++lastNumber
  numbers.set(value, number)
  return { '#': number }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}

/** What a store is called where it is spoken of. */
export const nameOf = nameOfChoice
