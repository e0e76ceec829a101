import { join } from 'node:path'
import { build } from 'tsup'

const withoutDirectorySync = {
  name: 'without-directory-sync',
  setup: (bundler) =>
    bundler.onLoad({ filter: /sync-directory\.ts$/ }, () => ({
      contents: 'export const syncDirectory = async () => true; export const syncDirectoryAt = syncDirectory',
    })),
}

/** Builds the current sources or, as a control, a variant without the sync of the directory. */
export async function buildStore(source, outDir, leaveOut) {
  await build({
    config: false,
    silent: true,
    entry: [source],
    outDir,
    format: 'esm',
    target: 'node20',
    noExternal: [/^@sessionkeep\//],
    esbuildPlugins: leaveOut ? [withoutDirectorySync] : [],
    esbuildOptions: (options) => {
      options.conditions = ['@sessionkeep/source']
    },
  })
  return join(outDir, 'index.js')
}
