import { StoreError } from '@sessionkeep/contracts'

export type Row = Readonly<Record<string, unknown>>
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>

/** The error of a statement on a table that does not exist. */
export const NO_TABLE = '42P01'

/** The longest key of this store, and the column size of the tables that Keyv makes. */
const KEY_LENGTH = 255
/** Postgres stores the length limit of a varchar increased by this number. */
const LIMIT_EXTRA = 4

/**
 * Checks the columns and the rights of a table.
 *
 * @throws `STORE_MISCONFIGURED` for a table of another purpose, or for missing rights
 */
export async function checkTable(query: Query, name: string, readOnly: boolean): Promise<void> {
  await checkColumns(query, name, readOnly)
  await checkRights(query, name, readOnly)
}

async function checkColumns(query: Query, name: string, readOnly: boolean): Promise<void> {
  const columns = await query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, typname, atttypmod AS limit,
      attnotnull AND NOT atthasdef AND attidentity = '' AS needed
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [name],
  )
  const faults = [...faultsOf(columns, 'key', KEY_LENGTH), ...faultsOf(columns, 'value', Number.POSITIVE_INFINITY)]
  if (!readOnly) {
    for (const column of columns)
      if (column.needed && column.name !== 'key' && column.name !== 'value') faults.push(`${column.name} must be given`)
    if (faults.length === 0 && !(await isUnique(query, name))) faults.push('key is not unique')
  }
  if (faults.length === 0) return
  throw new StoreError(
    'STORE_MISCONFIGURED',
    `The table ${name} was made for something else: ${faults.join('; ')}. Name another table; a missing table is created with the columns key VARCHAR(${KEY_LENGTH}) PRIMARY KEY and value TEXT.`,
    { context: { table: name } },
  )
}

/** Returns what is wrong with a column that has to hold texts of this length. */
function faultsOf(columns: readonly Row[], wanted: string, length: number): string[] {
  const column = columns.find(({ name }) => name === wanted)
  if (!column) return [`it has no column ${wanted}`]
  const limit = Number(column.limit) - LIMIT_EXTRA
  const isText = column.typname === 'text' || column.typname === 'varchar'
  return isText && (limit < 0 || limit >= length) ? [] : [`${wanted} is ${String(column.type)}`]
}

/** Whether the key is unique. If not, no record can replace another, and every write fails. */
async function isUnique(query: Query, name: string): Promise<boolean> {
  const rows = await query(
    `SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1
      AND attname = 'key'`,
    [name],
  )
  return rows.length > 0
}

async function checkRights(query: Query, name: string, readOnly: boolean): Promise<void> {
  const wanted = readOnly ? ['SELECT'] : ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
  const each = wanted.map((right) => `has_table_privilege($1, '${right}') AS "${right}"`)
  const [rights] = await query(`SELECT ${each.join(', ')}`, [name])
  const lacking = wanted.filter((right) => rights?.[right] !== true)
  if (lacking.length === 0) return
  const message = `This user lacks ${lacking.join(', ')} on the table ${name}; GRANT them, or name another table.`
  throw new StoreError('STORE_MISCONFIGURED', message, { context: { table: name } })
}
