import type { FuzzTarget } from './target.ts'
import { config } from './targets/config.ts'
import { flags } from './targets/flags.ts'
import { options } from './targets/options.ts'
import { record } from './targets/record.ts'
import { redaction } from './targets/redaction.ts'
import { rows } from './targets/rows.ts'
import { selection } from './targets/selection.ts'
import { storedValues } from './targets/stored-values.ts'

/** All that reads what others wrote. */
export const targets: readonly FuzzTarget[] = [record, rows, options, config, selection, flags, storedValues, redaction]
