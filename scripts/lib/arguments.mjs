import { parseArgs } from 'node:util'

/**
 * The arguments of a script, read by `parseArgs` of Node. With `--help` or `-h` the help is printed and the process ends
 * before anything is run. Arguments that `options` does not name are passed on, in `rest`, in the order in which they were given.
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
