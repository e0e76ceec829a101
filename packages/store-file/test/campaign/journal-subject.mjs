import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { buildVariant, isVariant } from './controls.mjs'
import { readFiles, readWithStore } from './inspect.mjs'
import { found as foundInFiles, source } from './subject.mjs'

export { source }
export const optionsFor = (directory) => ({ directory, journal: true })
/** The writer closes and opens the store after so many steps, so that records are brought to their files. */
export const reopenEvery = 7
export const build = (control, outDir) => buildVariant(isVariant(control) ? control : 'none', outDir)

/** Opens and closes the store, which brings every record to its file, and then reads the files without it. */
export async function found(directory, built) {
  if (!existsSync(directory)) return foundInFiles(directory)
  const { default: plugin } = await import(pathToFileURL(built).href)
  try {
    const read = await readWithStore(plugin, directory, { readOnly: false })
    const files = readFiles(directory)
    if (read.size === files.size) return foundInFiles(directory)
  } catch {
    // A record that cannot be read is lost.
  }
  return { one: undefined, two: undefined, long: undefined, flip: undefined }
}
