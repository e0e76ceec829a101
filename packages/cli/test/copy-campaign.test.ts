import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childEnvironment } from '../../../scripts/lib/environment.mjs'
import { tool } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { program } from '../../store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../store-keyv/test/support/server.ts'
import { postgresServer, postgresUri, redisServer, redisUri } from '../../store-keyv/test/support/servers.ts'
import { record } from './support/fixture.ts'

/** How many records are moved: few here, 100,000 in the campaign. */
const COUNT = Number(process.env.SESSIONKEEP_COPY_RECORDS ?? 2000)

const main = join(dirname(fileURLToPath(import.meta.url)), '../dist/main.js')
const canRun = program.redis !== undefined && program.postgres !== undefined && process.platform === 'linux'

describe.skipIf(!canRun)('records that go through three stores, with each copy killed once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sk-copy-'))
  let servers: Server[] = []
  let env: NodeJS.ProcessEnv = {}

  beforeAll(async () => {
    const build = [
      'run',
      'build',
      '--filter=@sessionkeep/cli',
      '--filter=@sessionkeep/store-keyv',
      '--filter=@sessionkeep/store-file',
    ]
    const { code, output } = await run(tool('turbo'), build, { env: childEnvironment() })
    expect(code, output).toBe(0)
    const [redis, postgres] = await Promise.all([redisServer(), postgresServer()])
    servers = [redis, postgres]
    await Promise.all(servers.map((server) => server.start()))
    env = { ...childEnvironment(), HOME: directory, REDIS: redisUri(redis.port), POSTGRES: postgresUri(postgres.port) }
    mkdirSync(join(directory, 'first'), { mode: 0o700 })
    for (let at = 0; at < COUNT; at += 1) {
      const made = record(`w${at}`, {
        totalRequests: at,
        attributes: { text: `über ${at}`, deep: { list: [at, null, 0.1] } },
      })
      writeFileSync(join(directory, 'first', `${made.sessionName}.json`), JSON.stringify(made), { mode: 0o600 })
    }
  }, 600_000)
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.remove()))
    rmSync(directory, { recursive: true, force: true })
  }, 600_000)

  it('end up the same, and the progress bar was right throughout', async () => {
    const stores = ['file:first', 'env:REDIS', 'env:POSTGRES', 'file:last']
    const figures: string[] = []
    for (const [at, from] of stores.slice(0, -1).entries()) {
      const args = ['copy', '--from', from, '--to', stores[at + 1] ?? '']
      const began = performance.now()
      const killed = await onTerminal(args, COUNT / 2)
      expect(killed.ended).toBe('killed')
      const resumed = await onTerminal(args)
      expect(resumed.ended, resumed.text.slice(-1000)).toBe(0)
      for (const { shown } of [killed, resumed]) {
        expect(shown.every(([, total]) => total === COUNT)).toBe(true)
        expect(shown.map(([done]) => done)).toEqual(shown.map(([done]) => done).sort((a, b) => a - b))
      }
      expect(resumed.shown.at(-1)).toEqual([COUNT, COUNT])
      const { same = '0', wrote = '0' } =
        /wrote (?<wrote>\d+).*; (?<same>\d+) were there/.exec(resumed.text)?.groups ?? {}
      expect(Number(same)).toBeGreaterThan(0)
      expect(Number(same) + Number(wrote)).toBe(COUNT)
      figures.push(
        `${from} to ${stores[at + 1]}: ${Math.round((performance.now() - began) / 1000)} s, ${wrote} after the kill`,
      )
    }
    const verified = await onTerminal(['verify', '--from', 'file:first', '--to', 'file:last'])
    expect(verified.text).toContain(`identical: ${COUNT} records`)
    expect(verified.ended).toBe(0)
    if (COUNT > 10_000) console.log(figures.join('\n'))
  }, 7_200_000)

  /** Runs the command on a terminal, as `script` makes one, and kills it with -9 once so many records are done. */
  async function onTerminal(args: readonly string[], killAt = Number.POSITIVE_INFINITY) {
    const line = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qfec', `exec ${line}`, '/dev/null'], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const parts: string[] = []
    const shown: Array<[done: number, total: number]> = []
    let isKilled = false
    child.stdout.on('data', (data: Buffer) => {
      parts.push(data.toString())
      for (const [, done, total] of data.toString().matchAll(/\| (\d+)\/(\d+) \|/g))
        shown.push([Number(done), Number(total)])
      if (isKilled || (shown.at(-1)?.[0] ?? 0) < killAt) return
      isKilled = true
      for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGKILL')
    })
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { ended: isKilled ? 'killed' : code, text: parts.join(''), shown }
  }
})

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}
