import type { Logger, StoreCapabilities } from '@sessionkeep/contracts'
import { NONE_COSTS } from '@sessionkeep/contracts/internal'
import type { CutOver, PlannedStore, ReplicaSet, StoreKey, SwitchTarget } from '@sessionkeep/replication'
import {
  checkSelection,
  type DesiredSelection,
  isNone,
  isOffByName,
  loadStore,
  nameOfChoice,
  OFF,
  type StoreChoice,
  type WrittenStores,
} from '@sessionkeep/selection/internal'
import type { Events } from '../../sessions/events.ts'

/** The desired selections, read when the switch or start that uses them begins. */
export interface Wanted {
  readonly desired: DesiredSelection
  readonly afterRestart: DesiredSelection
}

/** A planned store, and the choice that led to it. */
export interface ChosenStore extends PlannedStore {
  readonly choice: StoreChoice
}

/**
 * Lists the stores of a selection, with the primary first. A call at run time adds the store that a restart would select as a
 * standby, so that a restart finds it up to date.
 */
export function planOf({ desired, afterRestart }: Wanted, logger: Logger): ChosenStore[] {
  const { store, mirror, stores } = desired
  if (isOffByName(store)) return []
  const chosen = (choice: StoreChoice, role: ChosenStore['role']): ChosenStore => ({
    ...{ choice, role, key: keyOf(choice, stores) },
    load: () => loadStore(choice, desired, logger),
  })
  const plan = [chosen(store, 'primary'), ...mirror.map((choice) => chosen(choice, 'mirror'))]
  const standby = chosen(afterRestart.store, 'standby')
  const isIn = plan.some(({ key }) => key === standby.key)
  return desired.layer === 'runtime' && !isOffByName(afterRestart.store) && !isIn ? [...plan, standby] : plan
}

/** Makes the target of a switch. @throws A `ConfigError` for an invalid selection. */
export function targetOf(wanted: Wanted, logger: Logger, events: Events, replicas: ReplicaSet): SwitchTarget {
  const { desired } = wanted
  const { store, layer, reason } = desired
  const stores = planOf(wanted, logger)
  const own = stores.flatMap(({ choice, role }) => (role === 'standby' ? [] : [choice]))
  if (own.length > 0) checkSelection(own, desired)
  const before = durabilityIn(replicas)
  return {
    name: nameOfChoice(store),
    stores,
    announce(outcome: CutOver): void {
      if (isNone(store)) logger.warn({ store: nameOfChoice(store) }, NONE_COSTS)
      const { epoch, detached } = outcome
      const [from, to] = [orOff(outcome.from), orOff(outcome.to)]
      logger.info({ from, to, layer, reason, epoch, detached }, 'Store switched')
      const durability = { from: before, to: durabilityIn(replicas) }
      if (outcome.to.length > 0 && ORDER.indexOf(durability.to) < ORDER.indexOf(durability.from)) {
        logger.warn({ from, to, durability }, 'The new store keeps acknowledged writes less safely than the one before')
      }
      events.emit('store:switched', { from, to, layer, reason, epoch })
    },
  }
}

/** What an acknowledged write survives, from the least to the most. */
const ORDER: ReadonlyArray<StoreCapabilities['durability']> = ['none', 'process', 'power']

/** The most that an acknowledged write survives in the active stores. */
function durabilityIn(replicas: ReplicaSet): StoreCapabilities['durability'] {
  const each = replicas.active().map(({ store }) => store.capabilities.durability)
  return ORDER.findLast((durability) => each.includes(durability)) ?? 'none'
}

/** The names of stores for reports, or `memory` when there is none. */
export const orOff = (stores: readonly string[]): readonly string[] => (stores.length > 0 ? stores : [OFF])

/** A key that is equal when a choice has the same name and the same options. */
export function keyOf(choice: StoreChoice, stores: WrittenStores): StoreKey {
  if (typeof choice !== 'string') return choice
  const options = stores[choice]?.options
  return options === undefined ? choice : `${choice} ${textOf(options)}`
}

/** Options as text. Options that contain themselves have none, so they only equal the same object. */
function textOf(options: unknown): string {
  try {
    return JSON.stringify(options, ordered)
  } catch {
    return JSON.stringify(numbered(options as object))
  }
}

/** A number for each option value that is no JSON, such as a client or a function. */
const numbers = new WeakMap<object, number>()
let lastNumber = 0

/** Replaces values for `JSON.stringify`. Keys are sorted, because the order of options has no meaning. */
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
