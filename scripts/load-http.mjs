// Measures what switching stores costs the callers of the routes; needs the build. Never a part of npm test.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readArguments } from './lib/arguments.mjs'
import { root } from './lib/root.mjs'

const CLIENTS = 50
const { values } = readArguments(
  `
50 clients send 1,000 requests a second through the routes, first without switches, and then while the store is switched twice.
Exits 1 if a request failed. Needs the build.

  npm run load:http                        30 seconds each
  npm run load:http -- --seconds 5         shorter
  npm run load:http -- --rate 500          other requests a second
`,
  { seconds: { type: 'string' }, rate: { type: 'string' } },
)
const seconds = Number(values.seconds ?? 30)
const rate = Number(values.rate ?? 1000)

const directory = mkdtempSync(join(tmpdir(), 'sk-load-'))
const child = spawn(process.execPath, [join(root, 'scripts/load/gateway.mjs'), directory, String(CLIENTS)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const address = await new Promise((resolve, reject) => {
  child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)))
  child.stdout.setEncoding('utf8').once('data', (text) => resolve(new URL(text.trim())))
})
const token = address.searchParams.get('token')

/** Sends a request, and resolves to its status, or to the code of its failure. */
function send(agent, method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, ...(text ? { 'content-type': 'application/json' } : {}) }
    const sent = request({ agent, host: address.hostname, port: address.port, method, path, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    sent.once('error', (error) => resolve(error.code ?? error.message))
    sent.end(text)
  })
}

/** One client: each of its requests has a time at which it is due, and its latency is counted from then. */
async function runClient(at, results, until) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const every = (CLIENTS / rate) * 1000
  const path = `/sessions/w${at}`
  const kinds = [
    () => send(agent, 'GET', path),
    () => send(agent, 'POST', `${path}/text`, { text: 'x' }),
    () => send(agent, 'GET', `${path}/screen`),
    () => send(agent, 'GET', '/persistence'),
  ]
  const running = []
  let due = performance.now() + (every * at) / CLIENTS
  for (let made = 0; due < until; made += 1, due += every) {
    await sleep(Math.max(0, due - performance.now()))
    const began = due
    running.push(
      kinds[made % kinds.length]().then((status) => {
        results.push({ ms: performance.now() - began, status })
      }),
    )
  }
  await Promise.all(running)
  agent.destroy()
}

async function measure(whileRunning) {
  const results = []
  const until = performance.now() + seconds * 1000
  const [, ...others] = await Promise.all([
    whileRunning(),
    ...Array.from({ length: CLIENTS }, (_, at) => runClient(at, results, until)),
  ])
  void others
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
  const failures = results.filter(({ status }) => !(status >= 200 && status <= 299)).map(({ status }) => status)
  const failed = failures.length
  if (failed > 0) console.log(`  failed: ${[...new Set(failures)].join(', ')}`)
  return { requests: results.length, failed, p50: at(0.5), p99: at(0.99), max: at(1) }
}

const switchTwice = async () => {
  const agent = new Agent({ keepAlive: true })
  for (const store of ['lowdb', 'file']) {
    await sleep((seconds * 1000) / 3)
    const status = await send(agent, 'POST', '/persistence/switch', { store, reason: 'load' })
    console.log(`  switched to ${store}: ${status}`)
    if (status !== 200) process.exitCode = 1
  }
  agent.destroy()
}

const shown = ({ requests, failed, p50, p99, max }) =>
  `${requests} requests, ${failed} failed; p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(1)} ms`
try {
  console.log(
    `${CLIENTS} clients, ${rate} requests a second, ${seconds} s each, ${cpus().length} cores, Node ${process.version}`,
  )
  await measure(() => sleep(0)) // the first run warms the gateway up
  const still = await measure(() => sleep(0))
  console.log(`without switches: ${shown(still)}`)
  const moved = await measure(switchTwice)
  console.log(`with two switches: ${shown(moved)}`)
  console.log(`added at p99: ${(moved.p99 - still.p99).toFixed(1)} ms`)
  if (still.failed + moved.failed > 0) process.exitCode = 1
} finally {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const code = await ended
  if (code !== 0) process.exitCode = 1
  rmSync(directory, { recursive: true, force: true })
}
