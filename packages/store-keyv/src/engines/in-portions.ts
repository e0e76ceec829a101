/** The most bytes of one answer with records. */
export const MOST_BYTES = 16 * 1024 * 1024
/** The most bytes of a text that is fetched. A record has fewer bytes, also with its envelope. */
export const MOST_TEXT_BYTES = 1024 * 1024

/**
 * Whether a client has returned a text as it is stored. A client replaces bytes that are not UTF-8, and that usually changes the
 * number of bytes.
 *
 * @param bytes - the size of the stored text; undefined if the server can only hold UTF-8
 */
export function isIntact(text: string, bytes: number | undefined): boolean {
  return bytes === undefined || !text.includes('\ufffd') || Buffer.byteLength(text) === bytes
}

/** One row of an answer. */
export interface PortionRow {
  readonly [column: string]: unknown
}

/**
 * Reads the texts of keys in portions, so that no answer takes too much memory. `select` returns a row for each key that is
 * there. The row has the text as its `value`. It has no `value` if the text is too large, or if something else is stored. A true
 * `is_later` says that the key has to be asked for again. If a text may have bytes that are not UTF-8, the row also needs its
 * `size` in bytes of UTF-8.
 */
export async function inPortions(
  keys: readonly string[],
  select: (keys: readonly string[]) => Promise<readonly PortionRow[]>,
  signal?: AbortSignal,
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>()
  for (let rest = keys; rest.length > 0; ) {
    signal?.throwIfAborted()
    const rows = await select(rest)
    const later = rows.filter(({ is_later }) => Boolean(is_later)).map(({ key }) => String(key))
    for (const { key, value, size, is_later } of rows) {
      if (is_later) continue
      const isText = typeof value === 'string' && isIntact(value, size == null ? undefined : Number(size))
      found.set(String(key), isText ? value : undefined)
    }
    if (later.length > 0 && later.length === rest.length)
      throw new Error('the server sent none of the values that were asked for')
    rest = later
  }
  return found
}
