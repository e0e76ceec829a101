import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPool, hostOptions } from '../src/pool.ts'

const text = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

/** A program that stands for `docker exec -i sessions`: it runs what follows with a tmux server of its own, or says that it is off. */
function container() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-container-'))
  const run = join(directory, 'exec')
  writeFileSync(
    run,
    `#!/bin/sh\n[ -e '${directory}/off' ] && { echo 'container sessions is not running' >&2; exit 1; }\nTMUX_TMPDIR='${directory}' exec "$@"\n`,
  )
  chmodSync(run, 0o755)
  onTestFinished(() => {
    try {
      execFileSync('tmux', ['kill-server'], {
        env: { PATH: process.env.PATH, TMUX_TMPDIR: directory },
        stdio: 'ignore',
      })
    } catch {
      // No server was started.
    }
    rmSync(directory, { recursive: true, force: true })
  })
  const metadata = { store: 'file', stores: { file: { directory: join(directory, 'sessions') } } }
  return { directory, start: () => createPool({ GATEWAY_TMUX_PREFIX: run }, metadata) }
}

describe('a gateway whose tmux runs behind a prefix', () => {
  it('finds its session and counts again after it was replaced', async () => {
    const { start } = container()
    const first = start()
    await first.start()
    await first.getOrCreateSession('docs')
    await first.withRequest('docs', () => undefined)
    await first.stop()
    const second = start()
    onTestFinished(async () => void (await second.terminate()))
    await second.start()
    expect(second.getSession('docs')).toMatchObject({ totalRequests: 1, origin: 'stored' })
  })

  it('takes its sessions for ended when their container does not run', async () => {
    const { directory, start } = container()
    const pool = start()
    onTestFinished(async () => void (await pool.stop()))
    await pool.start()
    await pool.getOrCreateSession('docs')
    writeFileSync(join(directory, 'off'), '')
    await pool.discoverExistingSessions()
    expect(pool.listSessions()).toEqual([])
    expect(pool.getStats().host.state).toBe('available')
  })

  it('reaches tmux by a socket without a prefix', () => {
    expect(hostOptions({})).toEqual({ socketPath: '/run/gateway/tmux' })
    expect(hostOptions({ GATEWAY_TMUX_PREFIX: 'docker exec -i sessions' })).toMatchObject({
      prefix: ['docker', 'exec', '-i', 'sessions'],
    })
  })
})

describe('the files', () => {
  it('name the variables that the program reads', () => {
    expect(text('compose.yaml')).toContain('GATEWAY_TMUX_PREFIX: docker exec -i sessions')
    expect(text('compose.yaml')).toContain('SESSIONKEEP_DIRECTORY: /data/sessions')
    expect(text('gateway.service')).toMatch(/^Environment=GATEWAY_TMUX_SOCKET=%t\/gateway\/tmux$/m)
  })

  it('leave tmux running when systemd ends the gateway, or a session uses too much memory', () => {
    expect(text('gateway.service')).toMatch(/^KillMode=process$/m)
    expect(text('gateway.service')).toMatch(/^OOMPolicy=continue$/m)
  })
})
