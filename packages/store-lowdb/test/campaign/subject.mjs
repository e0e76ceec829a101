import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const fileIn = (directory) => join(directory, 'sessions.json')

export const source = join(import.meta.dirname, '..', '..', 'src', 'index.ts')
export const optionsFor = (directory) => ({ file: fileIn(directory) })

/** Reads the step of each record without the store. */
export function found(directory) {
  const file = fileIn(directory)
  const { records } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { records: {} }
  return { one: records.one?.n, two: records.two?.n, long: records['x'.repeat(250)]?.n, flip: records.flip?.n }
}
