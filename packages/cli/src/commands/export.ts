import { randomUUID } from 'node:crypto'
import { open as openFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf } from '@sessionkeep/core/store'
import * as z from 'zod'
import { type Call, defineCommand } from '../command.ts'
import { CliError, EXIT, withoutRights } from '../errors.ts'
import { createExport, type Written } from '../export/write-export.ts'
import { findGateway } from '../gateway/find.ts'
import { savedNames } from '../gateway/saved.ts'
import { streamTo } from '../io.ts'
import { openRecords } from '../stores/open.ts'
import { namesOf, recordsOf } from '../stores/records.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { plain } from '../text/plain.ts'
import { callLine } from '../text/shell-line.ts'
import { progress } from '../transfer/progress.ts'
import type { Refused } from '../transfer/transfer.ts'
import { isWrittenByOthers, withheld } from '../transfer/withheld.ts'
import { many, type OpeningInput, openingFlags, openingInput, openingOf, storeFlag } from './shared.ts'

const input = z.object({ ...openingInput, store: z.string().default('auto'), output: z.string().optional() })

export const exportRecords = defineCommand({
  name: 'export',
  summary:
    'Writes all records of a store as lines of JSON, with a header, and a trailer with their number and digest. Nothing is masked.',
  group: 'Move records',
  flags: [
    { flags: '--output <file>', description: 'the file, which must not exist; by default standard output' },
    storeFlag,
    ...openingFlags,
  ],
  examples: ['sessionkeep export --output backup.ndjson', 'sessionkeep export --store file > all.ndjson'],
  input,
  answer: z.object({
    ...{ store: z.string(), output: z.string().optional(), count: z.int(), digest: z.string() },
    refused: z.array(z.strictObject({ name: z.string(), why: z.string() })),
    elsewhere: z.array(z.string()),
  }),
  async run(call) {
    const { io, input } = call
    const { output } = input
    const saved = input.store === 'auto' ? await savedByGateway(call) : []
    const written =
      output === undefined ? await exportTo(call, streamTo(io)) : await intoFile(resolve(io.cwd, output), call)
    const { count, digest, refused, names } = written
    const elsewhere = saved.filter((name) => !names.has(name))
    return {
      exitCode: refused.length + elsewhere.length > 0 ? EXIT.differences : EXIT.clean,
      answer: { store: input.store, ...(output === undefined ? {} : { output }), count, digest, refused, elsewhere },
      text: [`${many(count, 'record')}, ${digest}`, ...refused.map(lineOf), ...elsewhereLines(elsewhere)].join('\n'),
      nextSteps:
        output === undefined
          ? []
          : [{ do: 'Write it into a store.', command: callLine('import', [output], ['--to', 'file']) }],
      // Standard output is for the export itself.
      to: output === undefined ? 'err' : 'out',
    }
  },
})

/** How long the export waits for the gateway, ms. It can do without that answer. */
const ASK_MS = 2000

/** The names of the sessions whose records the running gateway has saved; empty if none runs here. */
async function savedByGateway(call: Call<z.infer<typeof input> & OpeningInput>): Promise<string[]> {
  const { io, input } = call
  try {
    const gateway = await findGateway({ ...call, input: { ...input, timeout: Math.min(input.timeout, ASK_MS) } })
    return gateway ? await savedNames(gateway) : []
  } catch (error) {
    // An export must be possible even if the gateway does not answer, because people need it most then.
    if (!(error instanceof CliError)) throw error
    io.err(`warning: ${plain(error.message)}. So it is not known whether its records are in another place.\n`)
    return []
  }
}

const elsewhereLines = (names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : [
        `not exported: ${many(names.length, 'session')} of the running gateway, such as ${plain(names[0] ?? '')}. Its records are in another place: name it with --config, --pool-id, --store or SESSIONKEEP_DIRECTORY.`,
      ]

const lineOf = ({ name, why }: Refused): string => `not exported: ${plain(name)}: ${plain(why)}`

async function exportTo(
  call: Call<z.infer<typeof input> & OpeningInput>,
  write: (text: string) => Promise<void>,
): Promise<Written & { readonly refused: readonly Refused[]; readonly names: ReadonlySet<string> }> {
  const { io, input } = call
  const opening = await openingOf(call)
  const from = await openRecords(await storeChoice(input.store, io, input.config), opening)
  try {
    const names = await namesOf(from)
    const bar = progress(io, 'export', names.length)
    const file = createExport(write, { store: from.store.name, poolId: opening.poolId, at: io.now() })
    const refused: Refused[] = []
    let done = 0
    const isWithheld = isWrittenByOthers(from)
    try {
      await file.begin()
      for await (const [name, found] of recordsOf(from, names)) {
        const stored = isWithheld ? withheld(found) : found
        if ('fault' in stored) refused.push({ name, why: stored.fault })
        else await file.add(name, stored.value)
        done += 1
        bar.update(done)
      }
    } finally {
      bar.stop()
    }
    return { ...(await file.end()), refused, names: new Set(names) }
  } finally {
    await from.store.close()
  }
}

/** Writes into a temporary file in the same directory, and renames it when it is whole and on the disk. */
async function intoFile(path: string, call: Call<z.infer<typeof input> & OpeningInput>) {
  if (await stat(path).catch(() => undefined)) throw new CliError('CLI_FILE_EXISTS', `The file ${path} exists already.`)
  const temporary = resolve(dirname(path), `.${randomUUID()}.ndjson.tmp`)
  // The attributes of records may contain secrets of the gateway.
  const file = await openFile(temporary, 'wx', 0o600).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT')
      throw new CliError('CLI_NOT_FOUND', `There is no directory ${dirname(path)}.`, { cause })
    throw withoutRights(cause, `The directory ${dirname(path)} cannot be written`)
  })
  try {
    const written = await exportTo(call, (text) => file.appendFile(text))
    await file.sync()
    await file.close()
    await rename(temporary, path)
    return written
  } catch (error) {
    await file.close()
    await rm(temporary, { force: true })
    throw error
  }
}
