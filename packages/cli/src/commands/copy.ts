import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT } from '../errors.ts'
import { openRecords } from '../stores/open.ts'
import { namesOf } from '../stores/records.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { shellLine } from '../text/shell-line.ts'
import { progress } from '../transfer/progress.ts'
import { withTarget } from '../transfer/target.ts'
import { transfer } from '../transfer/transfer.ts'
import { sourceFor } from '../transfer/withheld.ts'
import { dryRun, fromTo, openingFlags, openingInput, openingOf } from './shared.ts'
import { reportAnswer, reportText } from './transfer-report.ts'

const input = z.object({ ...openingInput, from: z.string(), to: z.string(), dryRun: z.boolean().default(false) })

export const copy = defineCommand({
  name: 'copy',
  summary: 'Copies all records of one store to another, whose other records stay. Can be stopped and run again.',
  group: 'Move records',
  flags: [...fromTo, dryRun, ...openingFlags],
  examples: [
    'sessionkeep copy --from file --to lowdb:./sessions.json --dry-run',
    'sessionkeep copy --from file --to lowdb:./sessions.json',
  ],
  input,
  answer: z.object({ from: z.string(), to: z.string(), ...reportAnswer }),
  async run(call) {
    const { io, input } = call
    const opening = await openingOf(call)
    const [source, destination] = [
      await storeChoice(input.from, io, input.config),
      await storeChoice(input.to, io, input.config),
    ]
    const line = (verb: string) => shellLine(['sessionkeep', verb, '--from', input.from, '--to', input.to])
    const from = await openRecords(source, opening)
    try {
      const report = await withTarget(destination, opening, input.dryRun, async (to) => {
        const names = await namesOf(from)
        const bar = progress(io, 'copy', names.length)
        const options = { isDryRun: input.dryRun, onProgress: bar.update, signal: io.signal }
        return await transfer({ names, read: sourceFor(from, to) }, to, options).finally(bar.stop)
      })
      return {
        exitCode: report.refused.length > 0 ? EXIT.differences : EXIT.clean,
        answer: { from: input.from, to: input.to, dryRun: input.dryRun, ...report },
        text: reportText(report, input.dryRun),
        nextSteps: [
          input.dryRun
            ? { do: 'Copy the records.', command: line('copy') }
            : { do: 'Compare both stores.', command: line('verify') },
        ],
      }
    } finally {
      await from.store.close()
    }
  },
})
