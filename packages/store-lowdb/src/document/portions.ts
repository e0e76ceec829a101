import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many items are handled before the event loop gets a turn. */
const TURN_ITEMS = 5000

/** Returns the items a few thousand at a time, with a pause after each portion. */
export async function* inPortions<T>(items: Iterable<T>): AsyncGenerator<T[]> {
  let portion: T[] = []
  for (const item of items) {
    portion.push(item)
    if (portion.length < TURN_ITEMS) continue
    yield portion
    portion = []
    await nextTurn()
  }
  yield portion
}

/** Returns different names in the order of their UTF-16 units, with pauses. */
export async function inOrder(names: Iterable<string>): Promise<readonly string[]> {
  let runs: string[][] = []
  for await (const portion of inPortions(names)) runs.push(portion.sort())
  while (runs.length > 1) {
    const longer: string[][] = []
    for (let at = 0; at < runs.length; at += 2) longer.push(await merged(runs[at] ?? [], runs[at + 1] ?? []))
    runs = longer
  }
  return runs[0] ?? []
}

async function merged(one: string[], other: string[]): Promise<string[]> {
  const [last, first] = [one.at(-1), other[0]]
  // The names of a written document are in order already.
  if (last === undefined || first === undefined || last < first) return [...one, ...other]
  const all: string[] = []
  for await (const portion of inPortions(inTurn(one, other))) all.push(...portion)
  return all
}

function* inTurn(one: readonly string[], other: readonly string[]): Generator<string> {
  let at = 0
  for (const name of other) {
    for (let before = one[at]; before !== undefined && before < name; before = one[at]) {
      yield before
      at += 1
    }
    yield name
  }
  yield* one.slice(at)
}
