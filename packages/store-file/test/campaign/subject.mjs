import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const source = join(import.meta.dirname, '..', '..', 'src', 'index.ts')
export const optionsFor = (directory) => ({ directory, journal: false })

/** Reads the step of each record without the store. */
export function found(directory) {
  const read = (file) => {
    const path = join(directory, file)
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
  }
  const files = existsSync(directory) ? readdirSync(directory) : []
  const hashed = files.find((file) => file.startsWith('%sha256') && file.endsWith('.json'))
  return {
    one: read('one.json')?.n,
    two: read('two.json')?.n,
    long: hashed && read(hashed)?.record?.n,
    flip: read('flip.json')?.n,
  }
}
