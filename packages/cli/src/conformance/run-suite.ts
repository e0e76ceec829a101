import type { SuiteReport, storeSuite } from '@sessionkeep/conformance'
import { messageOf, type StorePlugin } from '@sessionkeep/core/store'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

type Options = Parameters<typeof storeSuite>[2]

/** Runs the conformance suite on the stores of a plug-in, clause after clause, without a test runner. */
export async function runStoreSuite(
  plugin: StorePlugin,
  options: Readonly<Record<string, string>>,
  io: Io,
): Promise<SuiteReport> {
  const { storeSuite } = await import('@sessionkeep/conformance').catch((cause: unknown) => {
    const message = 'The suite is a package of its own. Install it: npm install --save-dev @sessionkeep/conformance'
    throw new CliError('CLI_NOT_FOUND', message, { cause })
  })
  const create: Options['create'] = (place) => plugin.create(checked(plugin, filled(options, place)), { logger })
  const { capabilities } = await create({ id: 'probe', directory: io.cwd })
  const tests: Array<readonly [title: string, body: () => Promise<void>]> = []
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    test: (title: string, body: () => Promise<void>) => void tests.push([title, body]),
  }
  const suite = storeSuite(runner, plugin.name, { capabilities: { ...capabilities }, create })
  for (const [title, body] of tests) {
    io.signal.throwIfAborted()
    // The failure is in the report.
    await body().catch((error: unknown) => io.err(`${title}: ${messageOf(error)}\n`))
  }
  return suite.report()
}

const ignore = () => undefined
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Replaces `{id}` and `{directory}` in the options by the place of a clause. */
function filled(options: Readonly<Record<string, string>>, place: { readonly id: string; readonly directory: string }) {
  const entries = Object.entries(options).map(([key, value]) => [
    key,
    value.replaceAll('{id}', place.id).replaceAll('{directory}', place.directory),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

function checked(plugin: StorePlugin, options: object): unknown {
  const result = plugin.options['~standard'].validate(options)
  if (result instanceof Promise)
    throw new CliError('CLI_USAGE', 'The schema of the options returns a promise; make it synchronous.')
  if (!result.issues) return result.value
  const faults = result.issues.map(({ message }) => message).join('; ')
  throw new CliError(
    'CLI_USAGE',
    `The store does not take these options: ${faults}. Give them with --option name=value.`,
  )
}
