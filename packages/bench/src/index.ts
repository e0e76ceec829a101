import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withFixture } from './fixtures/fixture.ts'
import { measureInChild } from './isolate.ts'
import { measure } from './measurements/all.ts'
import { isName, type Options, readOptions } from './options.ts'
import { run } from './run.ts'

const program = fileURLToPath(import.meta.url)
const [first, name = '', ...rest] = process.argv.slice(2)

/** Ends the process with a sentence if the words cannot be used. */
function optionsOf(words: readonly string[]): Options {
  try {
    return readOptions([...words])
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(2)
  }
}

if (first === '--measure' && isName(name)) {
  const result = await withFixture((fixture) => measure(name, fixture, { quick: rest.includes('--quick') }))
  // The process exits explicitly, because a call that hangs on purpose would keep it alive.
  process.send?.(result, () => process.exit())
} else {
  await run(optionsOf(process.argv.slice(2)), {
    measure: (wanted, quick) => measureInChild(program, wanted, quick),
    write: (text) => void process.stdout.write(text),
    file: join(program, '../../results/latest.json'),
  })
}
