/** The name that was most likely meant: at most two edits away, ignoring case. Undefined if no name is that close. */
export function closestMatch(word: string, names: readonly string[]): string | undefined {
  // Names whose lengths differ by more than two are more than two edits away. This also keeps a long text from being compared.
  const near = names.filter((name) => Math.abs(name.length - word.length) <= 2)
  const ranked = near.map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
  const [best] = ranked.sort((a, b) => a.far - b.far)
  return best && best.far <= 2 ? best.name : undefined
}

/** The text ` Did you mean "…"?`, to be appended to a sentence; empty if no name is close. */
export function didYouMean(word: string, names: readonly string[]): string {
  const guess = closestMatch(word, names)
  return guess === undefined ? '' : ` Did you mean "${guess}"?`
}

/** Levenshtein's edit distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
