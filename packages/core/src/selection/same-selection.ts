import { isDeepStrictEqual } from 'node:util'
import type { DesiredSelection, StoreChoice } from './selection.ts'

/** Whether two decisions come to the same: the same store, the same mirrors, and the same options of those that are chosen. */
export function isSameSelection(a: DesiredSelection, b: DesiredSelection): boolean {
  const [ofA, ofB] = [choicesOf(a), choicesOf(b)]
  return (
    ofA.length === ofB.length &&
    ofA.every((choice, at) => choice === ofB[at]) &&
    ofA.every((choice) => typeof choice !== 'string' || isDeepStrictEqual(optionsOf(a, choice), optionsOf(b, choice)))
  )
}

function choicesOf({ store, mirror }: DesiredSelection): StoreChoice[] {
  return [store, ...mirror]
}

function optionsOf({ stores }: DesiredSelection, name: string): unknown {
  return Object.hasOwn(stores, name) ? stores[name] : {}
}
