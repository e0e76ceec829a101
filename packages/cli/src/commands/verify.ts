import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT } from '../errors.ts'
import { open, openRecords } from '../stores/open.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { plain } from '../text/plain.ts'
import { shellLine } from '../text/shell-line.ts'
import { type Progress, progress } from '../transfer/progress.ts'
import { type Unequal, type VerifyReport, verify as verifyStores } from '../transfer/verify.ts'
import { fromTo, many, openingFlags, openingInput, openingOf } from './shared.ts'

const unequal = z.strictObject({
  name: z.string(),
  kind: z.enum(['only-in-from', 'only-in-to', 'differs', 'unreadable']),
  fields: z.array(
    z.strictObject({
      ...{ field: z.string(), from: z.unknown().optional(), to: z.unknown().optional() },
      masked: z.literal(true).optional(),
    }),
  ),
  why: z.string().optional(),
})

export const verify = defineCommand({
  name: 'verify',
  summary: 'Compares two stores in both directions, field by field, and changes nothing.',
  group: 'Move records',
  flags: [...fromTo, ...openingFlags],
  examples: ['sessionkeep verify --from file --to lowdb:./sessions.json'],
  input: z.object({ ...openingInput, from: z.string(), to: z.string() }),
  answer: z.object({
    ...{ from: z.string(), to: z.string(), identical: z.boolean() },
    records: z.strictObject({ from: z.int(), to: z.int(), same: z.int() }),
    unequal: z.array(unequal),
  }),
  async run(call) {
    const { io, input } = call
    const opening = await openingOf(call)
    const from = await openRecords(await storeChoice(input.from, io, input.config), opening)
    try {
      const to = await open(await storeChoice(input.to, io, input.config), opening, { readOnly: true })
      let bar: Progress | undefined
      const report = await verifyStores(from, to, (done, total) => {
        bar ??= progress(io, 'verify', total)
        bar.update(done)
      }).finally(async () => {
        bar?.stop()
        await to.store.close()
      })
      const { same, unequal } = report
      const identical = unequal.length === 0
      const copy = shellLine(['sessionkeep', 'copy', '--from', input.from, '--to', input.to])
      return {
        exitCode: identical ? EXIT.clean : EXIT.differences,
        answer: {
          ...{
            from: input.from,
            to: input.to,
            identical,
            records: { from: report.from, to: report.to, same },
            unequal,
          },
        },
        text: textOf(report),
        nextSteps: identical ? [] : [{ do: 'Bring what is missing to the second store.', command: copy }],
      }
    } finally {
      await from.store.close()
    }
  },
})

const SHOWN = 50

function textOf({ from, to, same, unequal }: VerifyReport): string {
  if (unequal.length === 0) return `identical: ${many(same, 'record')}`
  return [
    `not identical: ${many(unequal.length, 'record')} ${unequal.length === 1 ? 'differs' : 'differ'}, ${same} the same (${from} in the first store, ${to} in the second)`,
    ...unequal.slice(0, SHOWN).flatMap(linesOf),
    ...(unequal.length > SHOWN ? [`and ${unequal.length - SHOWN} more; --json lists all of them`] : []),
  ].join('\n')
}

function linesOf({ name, kind, fields, why }: Unequal): string[] {
  const shown = fields.map(
    ({ field, from, to, masked }) =>
      `  ${plain(field || 'the value')}: ${jsonOf(from)} and ${jsonOf(to)}${masked ? '; they differ in what is masked' : ''}`,
  )
  return [`${plain(name)}: ${kind}${why === undefined ? '' : ` (${plain(why)})`}`, ...shown]
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return plain(text.length > 80 ? `${text.slice(0, 79)}…` : text)
}
