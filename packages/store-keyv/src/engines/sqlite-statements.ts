import { createQueue } from '@sessionkeep/store-kit'
import type { Engine } from '../engine.ts'
import { rowKept } from '../errors.ts'
import { inPortions, MOST_BYTES, MOST_TEXT_BYTES } from './in-portions.ts'
import type { Database } from './sqlite-connection.ts'
import { type HeldLease, upsert } from './sqlite-lease.ts'

const PAGE = 500

/** The parameters of {@link statements}. */
export interface StatementOptions {
  readonly table: string
  readonly all: Database['all']
  /** The lease under which records are changed. Undefined: records are changed without a lease. */
  readonly held?: HeldLease | undefined
}

/** The operations on the table; each change is one statement. */
export function statements({
  table,
  all,
  held,
}: StatementOptions): Pick<Engine, 'get' | 'set' | 'delete' | 'rename' | 'pages'> {
  const inTurn = createQueue()
  /** Runs a change after which none of the keys may be there. Nothing else is changed before that is checked. */
  const clear = async (statement: (condition: string) => string, value: string, keys: readonly string[]) => {
    const check = async () => {
      const where = 'key IN (SELECT value FROM json_each(?))'
      const [row] = await all(`SELECT count(*) AS kept FROM ${table} WHERE ${where}`, JSON.stringify(keys))
      if (Number(row?.kept) > 0) throw rowKept(table)
    }
    if (held) await held.change(statement, value, check)
    else await inTurn(() => all(statement('true'), value).then(check))
  }
  return {
    get: (keys, signal) => inPortions(keys, (some) => all(portionOf(table), JSON.stringify(some)), signal),
    async set(texts) {
      const written = held
        ? await held.set(texts)
        : (await inTurn(() => all(upsert(table, 'true'), JSON.stringify([...texts])))).length
      if (written < texts.size) throw rowKept(table)
    },
    async delete(keys) {
      const where = 'key IN (SELECT value FROM json_each(?))'
      const remove = (condition: string) => `DELETE FROM ${table} WHERE ${where} AND ${condition}`
      await clear(remove, JSON.stringify(keys), keys)
    },
    async rename(moves) {
      const from = `FROM (SELECT value ->> 0 AS source, value ->> 1 AS target FROM json_each(?)) AS move`
      const where = `key = move.source`
      const update = (condition: string) =>
        `UPDATE ${table} SET key = move.target ${from} WHERE ${where} AND ${condition}`
      await clear(update, JSON.stringify([...moves]), [...moves.keys()])
    },
    async *pages(prefix) {
      // The prefix ends with a colon, and the character after a colon is a semicolon. So the keys with the prefix are an
      // exact range of the index. LIKE would ignore case.
      const until = `${prefix.slice(0, -1)};`
      const select = `SELECT key FROM ${table} WHERE key > ? AND key < ? ORDER BY key LIMIT ${PAGE}`
      let last = prefix
      for (;;) {
        const keys = (await all(select, last, until)).map(({ key }) => String(key))
        yield keys
        if (keys.length < PAGE) return
        last = keys.at(-1) ?? last
      }
    },
  }
}

/**
 * Selects rows of at most `MOST_BYTES` together. A row that is larger than a record has no value; the others come later. The
 * bytes are those of the encoding of the database: in UTF-16, a text has at most twice as many as in UTF-8.
 */
function portionOf(table: string): string {
  return `SELECT key, CASE WHEN is_utf8 THEN bytes END AS size, fits AND upto > ${MOST_BYTES} AS is_later,
      CASE WHEN fits AND upto <= ${MOST_BYTES} THEN value END AS value
    FROM (SELECT *, sum(CASE WHEN fits THEN bytes ELSE 0 END) OVER (ORDER BY key) AS upto
      FROM (SELECT *, bytes <= ${MOST_TEXT_BYTES} * CASE WHEN is_utf8 THEN 1 ELSE 2 END AS fits
        FROM (SELECT key, value, COALESCE(length(CAST(value AS BLOB)), 0) AS bytes,
            (SELECT encoding = 'UTF-8' FROM pragma_encoding) AS is_utf8
          FROM ${table} WHERE key IN (SELECT value FROM json_each(?)))))`
}
