import { setImmediate } from 'node:timers/promises'

/** How long the event loop waits at most for items that are made one after another, and for the last one of them; ms. */
const SLICE_MS = 4

/** Makes a function to be awaited after each item. It waits until timers and I/O had their turn, whenever the items took long. */
export function createTurns(): () => Promise<void> | undefined {
  let since = performance.now()
  const pause = async (): Promise<void> => {
    await setImmediate()
    since = performance.now()
  }
  return () => (performance.now() - since < SLICE_MS ? undefined : pause())
}

/** Makes something of each item. Masking many sessions takes long, so that timers and I/O have their turn between portions. */
export async function mapInTurns<Item, Made>(items: readonly Item[], make: (item: Item) => Made): Promise<Made[]> {
  const made: Made[] = []
  const turn = createTurns()
  for (const item of items) {
    made.push(make(item))
    await turn()
  }
  return made
}
