import { join } from 'node:path'
import { childEnvironment } from './environment.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

const DAY_MS = 86_400_000
const campaign = (...path) => join(root, 'packages', ...path)

export const KILLS = campaign('store-file', 'test', 'campaign', 'kills.mjs')
export const FAULTS = campaign('store-file', 'test', 'campaign', 'faults.mjs')
export const JOURNAL = campaign('store-file', 'test', 'campaign', 'journal-subject.mjs')
export const CUTS = campaign('disk', 'test', 'campaign', 'power-cut.mjs')

/** Runs the campaigns one after the other and prints a row of a table for each. Returns the exit code: 0 if each ended as it should. */
export async function campaignTable(campaigns) {
  console.log('| campaign | struck | acknowledged | wrong | as it should be |\n| --- | --- | --- | --- | --- |')
  let failed = 0
  for (const { name, command, mustFail } of campaigns) {
    const { output } = await run(process.execPath, command, {
      cwd: root,
      env: childEnvironment(),
      timeoutMs: DAY_MS,
      show: false,
    })
    const result = resultIn(output)
    const wrong = result && (result.wrong ?? result.cutsWithLoss) + (result.leftovers ?? 0)
    const isGood = wrong !== undefined && (mustFail ? wrong > 0 : wrong === 0)
    if (!isGood) failed += 1
    const struck = result?.positions ?? result?.cycles ?? result?.cuts ?? '–'
    console.log(`| ${name} | ${struck} | ${result?.acknowledged ?? '–'} | ${wrong ?? '–'} | ${isGood ? 'yes' : 'NO'} |`)
    if (!isGood) console.log(output.slice(-4000))
  }
  return failed === 0 ? 0 : 1
}

/** The last line that is JSON; undefined when the campaign has ended without a result. */
function resultIn(output) {
  const line = output.split('\n').findLast((text) => text.startsWith('{') && text.endsWith('}'))
  return line === undefined ? undefined : JSON.parse(line)
}
