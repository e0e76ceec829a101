import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createExpectation } from './allowed.mjs'
import { leftovers, readFiles, readWithStore } from './inspect.mjs'
import { BEFORE, STEPS, valuesOf } from './steps.mjs'

const course = join(import.meta.dirname, 'course.mjs')
const { signal } = new AbortController()
const silent = () => undefined
const logger = { debug: silent, info: silent, warn: silent, error: silent }

/** Makes the directory that a killed writer would have left. */
export async function prepare(plugin, directory) {
  const store = plugin.create({ directory, journal: true }, { logger })
  await store.open({ signal, logger })
  const set = (values) => store.setMany(new Map(Object.entries(values).map(([name, n]) => [name, { n }])), { signal })
  await set({ a: 1, b: 1, c: 1, e: 1, p: 1, q: 1 })
  await set({ a: 2, c: 2, p: 2, q: 2 })
  const copy = `${directory}-hot`
  cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.lock') })
  await store.close()
  return copy
}

/**
 * Runs the course on a copy of the prepared directory with one injection of strace. Returns whether it struck, and what
 * was wrong afterwards.
 */
export async function runTrial({ built, plugin, prepared, injection, damage }) {
  const base = mkdtempSync(join(tmpdir(), 'sk-trial-'))
  const directory = join(base, 'd')
  try {
    cpSync(prepared, directory, { recursive: true })
    const expectation = createExpectation()
    expectation.acknowledge(BEFORE)
    const trace = join(base, 'trace')
    const lines = await perform({ built, directory, injection, trace })
    note(expectation, lines)
    damage?.(directory)
    const wrong = [...(await check(plugin, directory, expectation))]
    const struck = existsSync(trace) && /INJECTED|killed by SIGKILL/.test(readFileSync(trace, 'utf8'))
    if (!struck && !lines.some((line) => line.ended)) wrong.push({ kind: 'the process ended by itself' })
    return { struck, ended: lines.some((line) => line.ended), wrong, lines }
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

async function perform({ built, directory, injection, trace }) {
  const child = spawn(process.execPath, [course, built, directory], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const closed = once(child, 'close')
  const lines = []
  const reader = createInterface({ input: child.stdout })
  const ready = once(reader, 'line')
  reader.on('line', (line) => lines.push(JSON.parse(line)))
  await ready
  const strace = injection && (await attach(child.pid, directory, injection, trace))
  child.stdin.write('g')
  await Promise.race([closed, sleep(60_000, undefined, { ref: false })])
  child.kill('SIGKILL')
  await closed
  await strace?.closed
  return lines
}

async function attach(pid, directory, { call, when, what, onFiles }, trace) {
  const paths = onFiles ? pathsOf(directory).flatMap((path) => ['-P', path]) : []
  const args = ['-f', '-qq', '-o', trace, ...paths, '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${when}`]
  const strace = spawn('strace', [...args, '-p', String(pid)], { stdio: 'ignore' })
  const closed = once(strace, 'close')
  for (let tries = 0; tries < 500; tries += 1) {
    const tasks = readdirSync(`/proc/${pid}/task`)
    if (tasks.every((task) => !/TracerPid:\t0\n/.test(readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')))) break
    await sleep(5)
  }
  return { closed }
}

/** The paths of the files that the course writes. */
function pathsOf(directory) {
  const segments = [1, 2, 3, 4, 5].map((n) => join(directory, '.journal', `+.0000000${n}`))
  const temp = ['a', 'b', 'c', 'd', 'e'].flatMap((name) =>
    Array.from({ length: 20 }, (_, n) => join(directory, '.tmp', `${name}.${'0'.repeat(32)}.${n + 1}.tmp`)),
  )
  return [...segments, ...temp]
}

function note(expectation, lines) {
  for (const line of lines) {
    if (line.begun !== undefined) expectation.attempt(valuesOf(STEPS[line.begun]))
    if (line.done !== undefined) expectation.acknowledge(valuesOf(STEPS[line.done]))
  }
}

/** Looks at the directory as a reader, as the next writer, and by its files. */
async function check(plugin, directory, expectation) {
  const wrong = []
  const look = (kind, found) => wrong.push(...expectation.wrong(found).map((one) => ({ kind, ...one })))
  try {
    look('reader', await readWithStore(plugin, directory, { readOnly: true }))
    const found = await readWithStore(plugin, directory, { readOnly: false })
    look('writer', found)
    expectation.settle(found)
    look('files', readFiles(directory))
    look('next writer', await readWithStore(plugin, directory, { readOnly: false }))
    for (const name of leftovers(directory)) wrong.push({ kind: 'leftover', name })
  } catch (error) {
    wrong.push({ kind: 'error', error: String(error) })
  }
  return wrong
}
