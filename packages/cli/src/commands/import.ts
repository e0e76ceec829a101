import { constants, createReadStream, createWriteStream, openSync } from 'node:fs'
import { type FileHandle, mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '@sessionkeep/core/store'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { CliError, EXIT, withoutRights } from '../errors.ts'
import { readExport } from '../export/read-export.ts'
import { type Io, untilInterrupted } from '../io.ts'
import type { Stored } from '../stores/records.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { callLine } from '../text/shell-line.ts'
import type { Source } from '../transfer/ends.ts'
import { progress } from '../transfer/progress.ts'
import { withTarget } from '../transfer/target.ts'
import { transfer } from '../transfer/transfer.ts'
import { dryRun, openingFlags, openingInput, openingOf } from './shared.ts'
import { reportAnswer, reportText } from './transfer-report.ts'

export const importRecords = defineCommand({
  name: 'import',
  summary: 'Writes the records of an export into a store, whose other records stay. Refuses a file that is not whole.',
  group: 'Move records',
  arguments: [{ name: 'file', description: 'the export, or a pipe that brings it; - for standard input' }],
  flags: [
    { flags: '--to <store>', description: 'the store, written as for copy; by default the selected one' },
    dryRun,
    ...openingFlags,
  ],
  examples: [
    'sessionkeep import backup.ndjson --to lowdb:./sessions.json --dry-run',
    'sessionkeep import backup.ndjson',
  ],
  input: z.object({
    ...openingInput,
    ...{ file: z.string(), to: z.string().default('auto'), dryRun: z.boolean().default(false) },
  }),
  answer: z.object({ file: z.string(), to: z.string(), ...reportAnswer }),
  async run(call) {
    const { io, input } = call
    const opening = await openingOf(call)
    const choice = await storeChoice(input.to, io, input.config)
    const { source, close } = await openExport(input.file, io)
    try {
      const report = await withTarget(choice, opening, input.dryRun, async (to) => {
        const bar = progress(io, 'import', source.names.length)
        const options = { isDryRun: input.dryRun, onProgress: bar.update, signal: io.signal }
        return await transfer(source, to, options).finally(bar.stop)
      })
      const to = input.to === 'auto' ? [] : ['--to', input.to]
      const again = callLine('import', [input.file], to)
      return {
        exitCode: report.refused.length > 0 ? EXIT.differences : EXIT.clean,
        answer: { file: input.file, to: input.to, dryRun: input.dryRun, ...report },
        text: reportText(report, input.dryRun),
        nextSteps: input.dryRun ? [{ do: 'Write the records.', command: again }] : [],
      }
    } finally {
      await close()
    }
  },
})

/** Checks the whole export before anything of it is used, and then reads single records of it. */
async function openExport(file: string, io: Io): Promise<{ source: Source; close(): Promise<void> }> {
  const path = resolve(io.cwd, file)
  const bytes = file === '-' ? io.stdin : await streamOf(path)
  const spool = bytes && (await spooled(bytes, io.signal))
  const handle = await openToRead(spool?.path ?? path)
  const close = async () => {
    await handle.close()
    await spool?.remove()
  }
  try {
    if ((await handle.stat()).isDirectory())
      throw new CliError('CLI_NOT_FOUND', `${path} is a directory, and not an export.`)
    const places = new Map<string, readonly [start: number, length: number]>()
    const bytes = handle.createReadStream({ start: 0, autoClose: false })
    for await (const { name, start, length } of readExport(bytes)) places.set(name, [start, length])
    const read = async (names: readonly string[]): Promise<ReadonlyMap<string, Stored>> => {
      const found = new Map<string, Stored>()
      for (const name of names) found.set(name, { value: await recordAt(handle, places.get(name) ?? [0, 0]) })
      return found
    }
    return { source: { names: [...places.keys()].sort(), read }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function recordAt(handle: FileHandle, [start, length]: readonly [number, number]): Promise<unknown> {
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, start)
  return (JSON.parse(buffer.toString('utf8')) as { record: unknown }).record
}

/** Opens a file without waiting for the writer of a pipe: nothing could end that wait. */
async function openToRead(path: string): Promise<FileHandle> {
  return await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw new CliError('CLI_NOT_FOUND', `There is no file ${path}.`, { cause: error })
    if (codeOf(error) === 'ENXIO')
      throw new CliError(
        'CLI_NOT_FOUND',
        `${path} is a socket, and not an export. Read standard input as "import -".`,
        {
          cause: error,
        },
      )
    throw withoutRights(error, `The file ${path} cannot be read`)
  })
}

/** What comes from a pipe or a device; undefined for a file, which can be read at any place, and for a directory. */
async function streamOf(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
  const handle = await openToRead(path)
  try {
    const found = await handle.stat()
    if (found.isFile() || found.isDirectory()) return undefined
    // A socket waits for the writer of a pipe, and can be closed meanwhile. It closes its own descriptor.
    if (found.isFIFO())
      return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true })
    return createReadStream(path)
  } finally {
    await handle.close()
  }
}

/** Standard input or a pipe can be read only once, so that goes into a file that nobody else may read. */
async function spooled(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'sessionkeep-import-'))
  const path = join(directory, 'export.ndjson')
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    await pipeline(untilInterrupted(bytes, signal), createWriteStream(path, { mode: 0o600 }))
    return { path, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
