import { StoreError } from '@sessionkeep/core/store'

export type Row = Readonly<Record<string, unknown>>
export type Ask = (text: string, values?: readonly unknown[]) => Promise<Row[]>

/** As many characters as a key of ours may have, and those of Keyv's own tables. */
const KEY_LENGTH = 255
/** A length limit of a varchar is kept with this much more. */
const LIMIT_EXTRA = 4

/** Throws `STORE_MISCONFIGURED` for a table that was made for something else, or whose rights are lacking. */
export async function checkTable(ask: Ask, name: string, readOnly: boolean): Promise<void> {
  await checkColumns(ask, name, readOnly)
  await checkRights(ask, name, readOnly)
}

async function checkColumns(ask: Ask, name: string, readOnly: boolean): Promise<void> {
  const columns = await ask(
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
    if (faults.length === 0 && !(await isUnique(ask, name))) faults.push('key is not unique')
  }
  if (faults.length === 0) return
  throw new StoreError(
    'STORE_MISCONFIGURED',
    `The table ${name} was made for something else: ${faults.join('; ')}. Name another table; one that is not there is made, with the columns key VARCHAR(${KEY_LENGTH}) PRIMARY KEY and value TEXT.`,
    { context: { table: name } },
  )
}

/** What is wrong with a column that has to hold texts of that length. */
function faultsOf(columns: readonly Row[], wanted: string, length: number): string[] {
  const column = columns.find(({ name }) => name === wanted)
  if (!column) return [`it has no column ${wanted}`]
  const limit = Number(column.limit) - LIMIT_EXTRA
  const isText = column.typname === 'text' || column.typname === 'varchar'
  return isText && (limit < 0 || limit >= length) ? [] : [`${wanted} is ${String(column.type)}`]
}

/** Whether a record can be put in place of another: without that, no write succeeds. */
async function isUnique(ask: Ask, name: string): Promise<boolean> {
  const rows = await ask(
    `SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1
      AND attname = 'key'`,
    [name],
  )
  return rows.length > 0
}

async function checkRights(ask: Ask, name: string, readOnly: boolean): Promise<void> {
  const wanted = readOnly ? ['SELECT'] : ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
  const each = wanted.map((right) => `has_table_privilege($1, '${right}') AS "${right}"`)
  const [rights] = await ask(`SELECT ${each.join(', ')}`, [name])
  const lacking = wanted.filter((right) => rights?.[right] !== true)
  if (lacking.length === 0) return
  const message = `This user lacks ${lacking.join(', ')} on the table ${name}; GRANT them, or name another table.`
  throw new StoreError('STORE_MISCONFIGURED', message, { context: { table: name } })
}
