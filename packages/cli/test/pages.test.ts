import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childEnvironment } from '../../../scripts/lib/environment.mjs'
import { tool } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { program } from '../../store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../store-keyv/test/support/server.ts'
import { redisServer, redisUri } from '../../store-keyv/test/support/servers.ts'
import { startGateway } from './support/gateway.ts'
import { shell } from './support/shell.ts'

/** The lines of the shell in one section of a page, in order. */
function linesOf(page: string, heading: string): string[] {
  const [, section = ''] = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8').split(
    `## ${heading}\n`,
  )
  const [own = ''] = section.split('\n## ')
  return [...own.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, lines = '']) => lines.trim().split('\n'))
}

/** The command of this checkout stands for the installed one: a test asks no registry. */
const INSTALL = 'npm install --save-dev @sessionkeep/cli'

describe.skipIf(program.redis === undefined)('a reader who follows a page to the letter', () => {
  let redis: Server | undefined
  beforeAll(async () => {
    const { code, output } = await run(tool('turbo'), ['run', 'build', '--filter=@sessionkeep/cli'], {
      env: childEnvironment(),
    })
    expect(code, output).toBe(0)
    redis = await redisServer()
    await redis.start()
  }, 600_000)
  afterAll(async () => redis?.remove())

  it.each([
    ['migrate.md', 'With the command', 'keyv'],
    ['roll-back.md', 'With the command', 'file'],
    ['operate.md', 'Look at a gateway with the command', 'file'],
    ['cli.md', 'Work with a running gateway', 'file'],
  ])('%s reaches the end without an error', async (page, heading, last) => {
    const stores = { file: { directory: './sessions' }, keyv: { uri: redisUri(redis?.port ?? 0), namespace: page } }
    const { directory, pool } = await startGateway({ stores })
    const lines = linesOf(page, heading)
    expect(lines.length).toBeGreaterThan(3)
    // Without it, npx would ask the registry for a package that is not ours.
    const installs = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8').split(INSTALL)[0] ?? ''
    expect(installs).not.toContain('npx sessionkeep')
    for (const line of lines.filter((one) => one !== INSTALL)) {
      expect(pool.getSession('docs')).toBeDefined()
      // The page says so in words: the new store is written into the configuration before the last switch.
      if (line.includes('switch auto')) {
        writeFileSync(`${directory}/sessionkeep.config.json`, JSON.stringify({ store: last, stores }), { mode: 0o600 })
        await expect.poll(() => pool.persistence().afterRestart.store, { timeout: 20_000 }).toBe(last)
      }
      const { code, err } = await shell(directory, line.replace(/\bnpx (?=sessionkeep )/g, ''))
      expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' })
    }
    expect(pool.persistence()).toMatchObject({ effective: { stores: [last], reason: 'ok' } })
  })
})
