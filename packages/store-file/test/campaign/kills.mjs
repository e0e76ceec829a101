// Kills a store with a journal at random, again and again on the same directory, and compares what is stored with what
// was acknowledged. Run it on Linux: node kills.mjs [--cycles 100] [--until-loss]
// [--control none|no-was|acknowledged-early|early-cut]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createExpectation } from './allowed.mjs'
import { buildVariant } from './controls.mjs'
import { leftovers, readFiles, readWithStore, TORN } from './inspect.mjs'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '100' },
    'until-loss': { type: 'boolean', default: false },
    control: { type: 'string', default: 'none' },
  },
})
const writer = join(import.meta.dirname, 'random-writer.mjs')
const outDir = join(import.meta.dirname, '..', '..', '.cache', `kills-${process.pid}`)
const base = mkdtempSync(join(tmpdir(), 'sk-kills-'))
const directory = join(base, 'd')
const expectation = createExpectation()
const total = { control: values.control, cycles: 0, acknowledged: 0, wrong: 0, leftovers: 0, examples: [] }
let next = 1
try {
  const built = await buildVariant(values.control, outDir)
  const { default: plugin } = await import(pathToFileURL(built).href)
  for (let cycle = 0; cycle < Number(values.cycles); cycle += 1) {
    await writeUntilKilled(built)
    total.cycles += 1
    const wrong = await check(plugin, cycle % 3 === 2)
    if (wrong.length === 0) continue
    total.wrong += 1
    if (total.examples.length < 5) total.examples.push({ cycle, wrong: wrong.slice(0, 4) })
    if (values['until-loss']) break
  }
} finally {
  rmSync(base, { recursive: true, force: true })
  rmSync(outDir, { recursive: true, force: true })
}
process.stdout.write(`${JSON.stringify(total)}\n`)

async function writeUntilKilled(built) {
  const child = spawn(process.execPath, [writer, built, directory, String(next)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(child, 'close')
  const reader = createInterface({ input: child.stdout })
  reader.once('line', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 300))
  reader.on('line', (text) => {
    const { begun, done, byHand, n } = JSON.parse(text)
    const changed = Object.fromEntries((begun ?? done).map((name) => [name, n]))
    if (begun) expectation.attempt(changed)
    if (byHand) expectation.attempt(Object.fromEntries(begun.map((name) => [name, TORN])))
    if (begun) return
    expectation.acknowledge(changed)
    total.acknowledged += 1
    next = Math.max(next, (n ?? 0) + 1)
  })
  await closed
}

/** Looks as a reader, which changes nothing; and sometimes as the next writer, which brings every record to its file. */
async function check(plugin, asWriter) {
  try {
    const seen = await readWithStore(plugin, directory, { readOnly: true })
    const wrong = expectation.wrong(seen)
    expectation.settle(seen)
    if (!asWriter) return wrong
    wrong.push(...expectation.wrong(await readWithStore(plugin, directory, { readOnly: false })))
    wrong.push(...expectation.wrong(readFiles(directory)))
    // A record that gave way to a change by hand is kept, and so is such a change that was killed half-way: no leftovers.
    const left = leftovers(directory).filter((name) => !/\.json\.(?:superseded|corrupt)-/.test(name))
    total.leftovers += left.length
    return wrong
  } catch (error) {
    return [{ error: String(error) }]
  }
}
