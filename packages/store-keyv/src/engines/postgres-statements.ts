import type { Engine } from '../engine.ts'
import { isOfEncoding, rowKept } from '../errors.ts'
import { inPortions, MOST_BYTES, MOST_TEXT_BYTES } from './in-portions.ts'
import type { HeldLease } from './postgres-lease.ts'
import type { Query } from './postgres-table.ts'

const PAGE = 500

/** The parameters of {@link statements}. */
export interface StatementOptions {
  /** The table, quoted. */
  readonly name: string
  readonly query: Query
  /** The lease under which records are changed. Undefined: records are changed without a lease. */
  readonly held: HeldLease | undefined
  readonly isUtf8: boolean
  /** How long a change waits for a row that another transaction has locked, ms. */
  readonly rowLockMs: number
}

/** The operations on the table; each change is one statement. */
export function statements({
  name,
  query,
  held,
  isUtf8,
  rowLockMs,
}: StatementOptions): Pick<Engine, 'get' | 'set' | 'delete' | 'rename' | 'isImpossible' | 'pages'> {
  // The limit begins once the row of the lease is ours, and ends with the statement. A setting of the connection would not
  // get through a PgBouncer.
  const isHeld = `EXISTS (SELECT 1 FROM held WHERE set_config('lock_timeout', '${rowLockMs}', true) IS NOT NULL)`
  /**
   * Runs a change, and returns how many of its rows a trigger or a row policy has kept as they were. If there is a lease, the
   * statement changes something only while this connection holds the lease.
   *
   * @param wanted - an expression for the number of rows to change, which is evaluated before the change
   */
  const change = async (statement: (condition: string) => string, wanted: string, values: readonly unknown[]) => {
    const skipped = `${wanted} - (SELECT count(*) FROM changed) AS skipped`
    const [row] = held
      ? await held.change(`${statement(isHeld)} RETURNING 1`, skipped, values)
      : await query(`WITH changed AS (${statement('true')} RETURNING 1) SELECT ${skipped}`, values)
    return Number(row?.skipped)
  }
  const there = `(SELECT count(*) FROM ${name} WHERE key = ANY($1::text[]))`
  /** Runs a change after which none of the keys may be there. */
  const clear = async (statement: (condition: string) => string, keys: readonly string[], ...values: unknown[]) => {
    if ((await change(statement, there, [keys, ...values])) <= 0) return
    // Another program may have removed the row at the same time.
    const [row] = await query(`SELECT ${there} AS kept`, [keys])
    if (Number(row?.kept) > 0) throw rowKept(name)
  }
  return {
    get(keys, signal) {
      const select = async (some: readonly string[]) => {
        try {
          return await query(portionOf(name), [some])
        } catch (error) {
          // This reads the key without its text. It succeeds if only the text cannot be decoded, and fails if the server refuses the name.
          if (some.length > 1 || !isOfEncoding(error)) throw error
          return await query(`SELECT key FROM ${name} WHERE key = ANY($1::text[])`, [some])
        }
      }
      return inPortions(keys, select, signal)
    },
    async set(texts) {
      const values = [...texts.values()].map((text) => (isUtf8 ? text : inAscii(text)))
      const from = 'SELECT * FROM unnest($1::text[], $2::text[])'
      const insert = (condition: string) =>
        `INSERT INTO ${name} (key, value) ${from} WHERE ${condition} ON CONFLICT (key) DO UPDATE SET value = excluded.value`
      const skipped = await change(insert, 'cardinality($1::text[])', [[...texts.keys()], values])
      if (skipped > 0) throw rowKept(name)
    },
    async delete(keys) {
      await clear((condition) => `DELETE FROM ${name} WHERE key = ANY($1::text[]) AND ${condition}`, keys)
    },
    async rename(moves) {
      const from = 'FROM unnest($1::text[], $2::text[]) AS move(source, target)'
      const update = (condition: string) =>
        `UPDATE ${name} AS kept SET key = move.target ${from} WHERE kept.key = move.source AND ${condition}`
      await clear(update, [...moves.keys()], [...moves.values()])
    },
    async isImpossible(key, error) {
      if (!isOfEncoding(error)) return false
      try {
        // A row policy or a trigger may have caused the error. This sends the key without touching the table.
        await query('SELECT $1::text IS NULL', [key])
        return false
      } catch (refused) {
        if (isOfEncoding(refused)) return true
        throw refused
      }
    },
    async *pages(prefix) {
      // The escape character is `!`, because a backslash has another meaning if standard_conforming_strings is off.
      const pattern = `${prefix.replace(/[!%_]/g, '!$&')}%`
      const select = `SELECT key FROM ${name} WHERE key LIKE $1 ESCAPE '!' AND key > $2 ORDER BY key LIMIT ${PAGE}`
      let last = ''
      for (;;) {
        const keys = (await query(select, [pattern, last])).map(({ key }) => String(key))
        yield keys
        if (keys.length < PAGE) return
        last = keys.at(-1) ?? last
      }
    },
  }
}

/** Selects rows of at most `MOST_BYTES` together. A row that is larger than a record has no value; the others come later. */
function portionOf(name: string): string {
  return `SELECT key, fits AND upto > ${MOST_BYTES} AS is_later,
      CASE WHEN fits AND upto <= ${MOST_BYTES} THEN value END AS value
    FROM (SELECT *, sum(CASE WHEN fits THEN bytes ELSE 0 END) OVER (ORDER BY key) AS upto
      FROM (SELECT key, value, COALESCE(octet_length(value), 0) AS bytes,
          COALESCE(octet_length(value), 0) <= ${MOST_TEXT_BYTES} AS fits
        FROM ${name} WHERE key = ANY($1::text[])) AS sized) AS summed`
}

/** Writes JSON with ASCII alone, so that a database of any encoding can store it. */
function inAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
