/** How many records are brought to their files between two batches of lines. */
const PORTION = 32
/** How many characters these records may have, besides the last of them: their texts are read in one turn. */
const PORTION_CHARACTERS = 512 * 1024

/** Splits names into portions of a few records, or of one large record. */
export function* portionsOf(names: readonly string[], lengthOf: (name: string) => number): Generator<string[]> {
  let portion: string[] = []
  let characters = 0
  for (const name of names) {
    portion.push(name)
    characters += lengthOf(name)
    if (portion.length < PORTION && characters < PORTION_CHARACTERS) continue
    yield portion
    portion = []
    characters = 0
  }
  if (portion.length > 0) yield portion
}
