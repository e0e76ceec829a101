import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { loadPlugin } from '../conformance/load-plugin.ts'
import { runStoreSuite } from '../conformance/run-suite.ts'
import { CliError, EXIT } from '../errors.ts'
import { plain } from '../text/plain.ts'

const outcome = z.enum(['passed', 'failed', 'not applicable', 'not tried', 'not run'])

export const conformance = defineCommand({
  name: 'conformance',
  summary: 'Tests whether the store of a package keeps every promise that it declares.',
  group: 'Stores',
  arguments: [{ name: 'package', description: 'a package, a path, or file, lowdb, keyv' }],
  flags: [
    {
      flags: '--option <name=value>',
      description: 'an option of the store; {directory} and {id} in it are new for each clause; can be repeated',
      isRepeatable: true,
    },
  ],
  examples: [`sessionkeep conformance ./my-store.mjs --option 'directory={directory}'`],
  input: z.object({ package: z.string(), option: z.array(z.string()).default([]) }),
  answer: z.object({
    ...{ package: z.string(), level: z.enum(['none', 'bronze', 'silver', 'gold']) },
    declared: z.record(z.string(), z.union([z.string(), z.boolean()])),
    clauses: z.array(z.strictObject({ id: z.string(), title: z.string(), outcome, reason: z.string().optional() })),
    longestStallMs: z.number(),
  }),
  async run({ input, io }) {
    const plugin = await loadPlugin(input.package, io.cwd)
    const { suite: _suite, name: _name, ...report } = await runStoreSuite(plugin, optionsOf(input.option), io)
    const failed = report.clauses.filter(({ outcome }) => outcome === 'failed')
    const passed = report.clauses.filter(({ outcome }) => outcome === 'passed').length
    const isNotTried = report.clauses.some(({ outcome }) => outcome === 'not tried')
    return {
      exitCode: failed.length > 0 ? EXIT.differences : EXIT.clean,
      answer: { package: input.package, ...report },
      text: [
        `${plain(plugin.name)}: level ${report.level}; ${passed} clauses hold, ${failed.length} are broken`,
        ...failed.map(({ id, title, reason = '' }) => `  ${id}: ${title}: ${plain(reason)}`),
      ].join('\n'),
      nextSteps: isNotTried
        ? [{ do: 'For kills, outages and unreadable records, run the suite in a test; see @sessionkeep/conformance.' }]
        : [],
    }
  },
})

function optionsOf(written: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    written.map((text) => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new CliError('CLI_USAGE', `--option takes name=value, and not ${JSON.stringify(text)}.`)
    }),
  )
}
