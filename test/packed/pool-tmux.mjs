// The same in real tmux, on a server of its own: the session lives on between two pools, and ends with terminate().
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { tmuxHost } from '@sessionkeep/tmux'

const directory = mkdtempSync(join(tmpdir(), 'sk-'))
const socketPath = join(directory, 'socket')
const tmux = (...args) => spawnSync('tmux', ['-S', socketPath, ...args], { encoding: 'utf8' })
const newPool = () =>
  createSessionPool({ host: tmuxHost({ socketPath }), sessionPrefix: 'packed-', metadata: { store: 'memory' } })

try {
  const first = newPool()
  await first.start()
  const { createdAt } = await first.getOrCreateSession('demo', { command: 'sleep 60' })
  assert.equal(tmux('has-session', '-t', '=packed-demo').status, 0)
  await first.stop()

  const second = newPool()
  await second.start()
  assert.equal(second.getSession('demo')?.createdAt, createdAt)
  await second.terminate()
  assert.notEqual(tmux('has-session', '-t', '=packed-demo').status, 0)
} finally {
  tmux('kill-server')
  rmSync(directory, { recursive: true, force: true })
}
