/** The most bytes of one answer with records, and of one record. SQLite counts characters instead. */
export const MOST_BYTES = 16 * 1024 * 1024

/** One row of an answer. */
export interface PortionRow {
  readonly [column: string]: unknown
}

/**
 * Reads the texts of keys in portions, so that no answer takes too much memory. `select` returns a row for each key that is
 * there. The row has a `value`; or none, if the text is too large or the value is no text; or a true `is_later`, if the key
 * has to be asked for again.
 */
export async function inPortions(
  keys: readonly string[],
  select: (keys: readonly string[]) => Promise<readonly PortionRow[]>,
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>()
  for (let rest = keys; rest.length > 0; ) {
    const rows = await select(rest)
    const later = rows.filter(({ is_later }) => Boolean(is_later)).map(({ key }) => String(key))
    for (const { key, value, is_later } of rows)
      if (!is_later) found.set(String(key), typeof value === 'string' ? value : undefined)
    if (later.length > 0 && later.length === rest.length)
      throw new Error('the server sent none of the values that were asked for')
    rest = later
  }
  return found
}
