import { parseArgs } from 'node:util'
import { type MeasurementName, names } from './measurements/all.ts'

export interface Options {
  /** Whether fewer samples are taken, to try out the program. Figures made in this way must not be quoted. */
  readonly quick: boolean
  readonly only: readonly MeasurementName[]
}

export const USAGE = `npm run bench -- [--quick] [--only ${names.join('|')}]…`

/**
 * Parses the arguments.
 *
 * @throws `Error` that states what is wrong with them
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
  })
  const wanted = values.only.flatMap((value) => value.split(','))
  const unknown = wanted.filter((name) => !isName(name))
  if (unknown.length > 0) throw new Error(`There is no measurement ${unknown.join(', ')}. ${USAGE}`)
  return { quick: values.quick, only: wanted.length > 0 ? names.filter((name) => wanted.includes(name)) : names }
}

export function isName(name: string): name is MeasurementName {
  return (names as readonly string[]).includes(name)
}
