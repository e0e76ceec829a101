import { createQueue } from '@sessionkeep/store-kit'

/** The changes of one adapter, over all stores of this process. A place is the keys of one store. */
export interface AdapterChanges {
  /** Runs the tasks of one place one after another. */
  readonly inTurn: ReturnType<typeof createQueue>
  /** For each place, the change that the adapter carries out now: this throws once that change was given up. */
  readonly running: Map<string, () => void>
}

/** A store is often made anew over the adapter of an earlier one, and that one's last change may still run. */
const known = new WeakMap<object, AdapterChanges>()

/** Returns the changes of an adapter. */
export function changesOf(adapter: object): AdapterChanges {
  const changes = known.get(adapter) ?? { inTurn: createQueue(), running: new Map() }
  known.set(adapter, changes)
  return changes
}
