import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'tsup'

const source = join(import.meta.dirname, '..', '..', 'src', 'index.ts')
/** The campaigns have few records, whose files would be changed at once: then the journal had nothing to do. */
const SMALL_BATCHES = ['busy-names.ts', 'const FEW = 16', 'const FEW = 3']

/** What each control leaves out of the sources: a campaign that does not notice it proves nothing. */
const LEFT_OUT = {
  // Any row counts as a line.
  'no-checksum': ['line.ts', 'row.slice(0, 8) !== checksum(body)', 'false'],
  // A file that the line was written over counts as one that was changed since.
  'no-was': ['overlay.ts', 'if (was.includes(stand.mark)) return true', ''],
  'acknowledged-early': ['journal.ts', "if (text !== '') await flush()", "if (text !== '') void flush()"],
  // The segments are removed before their records are in the files.
  'early-cut': [
    'journal.ts',
    'const failed = await bringAll(due, brought)',
    'await writer.remove(complete); const failed = await bringAll(due, brought)',
  ],
  // Only a power cut shows these.
  'no-line-sync': ['segments.ts', 'if (isSynced) await handle.datasync()', ''],
  'no-file-sync': [
    'checkpoint.ts',
    'if (bytes) return await publish(target,',
    'if (bytes) return await publish({ ...target, sync: false },',
  ],
}

/** Whether there is a variant of that name. */
export const isVariant = (control) => control in LEFT_OUT

/** Damage that is done to a directory after the process has ended. */
export const DAMAGE = {
  // What a torn write leaves when its blocks held an older segment.
  'no-checksum': (directory) => {
    const place = join(directory, '.journal')
    for (const name of existsSync(place) ? readdirSync(place) : []) {
      appendFileSync(join(place, name), '00000000 {"name":"a","was":["?"],"at":9e15,"record":{"n":-1}}\n')
    }
  },
}
DAMAGE.none = DAMAGE['no-checksum']

/** Builds the store or, as a control, a variant that leaves something out. */
export async function buildVariant(control, outDir) {
  const left = LEFT_OUT[control]
  if (!left && control !== 'none') throw new Error(`There is no control ${control}.`)
  await build({
    config: false,
    silent: true,
    entry: [source],
    outDir,
    format: 'esm',
    target: 'node20',
    noExternal: [/^@sessionkeep\//],
    esbuildPlugins: [replacing(left ? [SMALL_BATCHES, left] : [SMALL_BATCHES])],
    esbuildOptions: (options) => {
      options.conditions = ['@sessionkeep/source']
    },
  })
  return join(outDir, 'index.js')
}

function replacing(replacements) {
  return {
    name: 'replacing',
    setup: (bundler) =>
      bundler.onLoad({ filter: /journal\/[\w-]+\.ts$/ }, ({ path }) => {
        let contents = readFileSync(path, 'utf8')
        for (const [file, find, replace] of replacements.filter(([file]) => basename(path) === file)) {
          if (contents.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`)
          contents = contents.replace(find, replace)
        }
        return { contents, loader: 'ts' }
      }),
  }
}
