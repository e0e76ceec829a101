import { ConfigError } from '../../errors/config-error.ts'
import { jsonFault } from './json-fault.ts'

/** The JSON of a file; throws `CONFIG_UNREADABLE` with file and line, and nothing of the text. */
export function parseJson(file: string, text: string): unknown {
  const json = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(json)
  } catch {
    // The engine's error is left out: it repeats a piece of the text.
    const { line, column, expected } = jsonFault(json) ?? { line: 1, column: 1, expected: 'JSON' }
    throw new ConfigError('CONFIG_UNREADABLE', `${file}:${line}:${column} is not JSON: expected ${expected} there.`, {
      context: { file, line, column },
    })
  }
}
