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
  const known = tokens.filter(({ kind, name }) => kind === 'option' && name in own)
  // `--name value` takes two arguments, and `--name=value` one.
  const taken = new Set(
    known.flatMap(({ index, inlineValue }) => (inlineValue === false ? [index, index + 1] : [index])),
  )
  return { values, rest: args.filter((_, index) => !taken.has(index)) }
}

/**
 * Reads the options of a script that takes nothing else. With `--help` or `-h` it prints the help and ends the process. An
 * unknown option, a `number` that is not a whole number above 0, and a value that is not among the `choices` of its option
 * end it with code 2 and one line that says so.
 */
export function readOptions(help, options, args = process.argv.slice(2)) {
  const own = { ...options, help: { type: 'boolean', short: 'h' } }
  const parsed = Object.entries(own).map(([name, { choices: _, ...option }]) => [
    name,
    { ...option, ...asText(option) },
  ])
  try {
    const { values } = parseArgs({ args, options: Object.fromEntries(parsed) })
    if (values.help) {
      console.log(help.trim())
      process.exit(0)
    }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, checked(name, value, own[name])]))
  } catch (error) {
    console.error(`${error.message} See --help.`)
    process.exit(2)
  }
}

const asText = (option) => (option.type === 'number' ? { type: 'string', default: String(option.default) } : {})

function checked(name, value, { type, choices }) {
  const number = Number(value)
  if (type === 'number' && !(Number.isInteger(number) && number > 0))
    throw new Error(`--${name} takes a whole number above 0, and not ${JSON.stringify(value)}.`)
  const unknown = choices ? [value].flat().filter((word) => !choices.includes(word)) : []
  if (unknown.length > 0) throw new Error(`--${name} takes ${choices.join(', ')}, and not ${unknown.join(', ')}.`)
  return type === 'number' ? number : value
}
