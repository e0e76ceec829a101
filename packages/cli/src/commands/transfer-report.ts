import * as z from 'zod'
import { plain } from '../text/plain.ts'
import type { TransferReport } from '../transfer/transfer.ts'
import { many } from './shared.ts'

/** The fields of the answer of a transfer. */
export const reportAnswer = {
  dryRun: z.boolean(),
  total: z.int(),
  written: z.int(),
  joined: z.int(),
  same: z.int(),
  kept: z.int(),
  refused: z.array(z.strictObject({ name: z.string(), why: z.string() })),
}

const SHOWN = 20

/** The report for people. */
export function reportText(report: TransferReport, isDryRun: boolean): string {
  const { total, written, joined, same, kept, refused } = report
  const lines = [
    `${many(total, 'record')}: ${isDryRun ? 'would write' : 'wrote'} ${written}, ${isDryRun ? 'would join' : 'joined'} ${joined}; ${same} were there already, ${kept} are newer there, ${refused.length} refused`,
    ...refused.slice(0, SHOWN).map(({ name, why }) => `  ${plain(name)}: ${plain(why)}`),
    ...(refused.length > SHOWN ? [`  and ${refused.length - SHOWN} more; --json lists all of them`] : []),
  ]
  return lines.join('\n')
}
