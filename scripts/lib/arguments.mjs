import { parseArgs } from 'node:util'

/**
 * Reads the arguments of a script. With `--help` or `-h` it prints the help and ends the process. Arguments that are not
 * in `options` are returned in `rest`, in their order.
 */
export function readArguments(help, options = {}, args = process.argv.slice(2)) {
  const own = { ...options, help: { type: 'boolean', short: 'h' } }
  const { values, tokens } = parseArgs({ args, options: own, strict: false, tokens: true })
  if (values.help) {
    console.log(help.trim())
    process.exit(0)
  }
  const taken = new Set(tokens.filter(({ kind, name }) => kind === 'option' && name in own).map(({ index }) => index))
  return { values, rest: args.filter((_, index) => !taken.has(index)) }
}
