import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Place, storeSuite } from '@sessionkeep/conformance'
import { afterEach, describe, expect, test } from 'vitest'
import { built } from '../../../../test/support/built.ts'
import { tmuxStore } from '../../src/index.ts'
import { alive, eventually } from '../support/private-server.ts'

const here = dirname(fileURLToPath(import.meta.url))
const socketOf = ({ directory }: Place): string => join(directory, 's')
const brokenIn = ({ directory }: Place): string => join(directory, 'broken')

const servers = new Map<string, number>()
const prepared = new Map<string, Set<string>>()

function tmux(place: Place, args: readonly string[], input = ''): string {
  const all = ['-u', '-S', socketOf(place), '-f', '/dev/null', ...args]
  return spawnSync('tmux', all, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] }).stdout
}

const quoted = (name: string) => `'${name.replaceAll("'", `'"'"'`)}'`

function startSessions(place: Place, names: readonly string[]): void {
  // A name that tmux would change, or read as a format, has no session.
  const plain = names.filter((name) => name !== '' && !/[\p{Cc}#%:.]|[\ud800-\udfff]/u.test(name))
  // Two words are started without a shell.
  const lines = plain.map((name) => `new-session -d -x 20 -y 5 -s ${quoted(name)} sleep 100000`)
  if (!servers.has(place.id)) {
    tmux(place, ['new-session', '-d', '-s', 'ground', 'exec sleep 100000'])
    servers.set(place.id, Number(tmux(place, ['display-message', '-p', '#{pid}'])))
  }
  // A name that already exists, or is invalid, fails alone, and the others succeed.
  tmux(place, ['source-file', '-'], `${lines.join('\n')}\n`)
}

function prepare(place: Place, names: readonly string[]): string[] {
  const known = prepared.get(place.id) ?? new Set()
  prepared.set(place.id, known)
  const missing = names.filter((name) => !known.has(name))
  if (missing.length > 0) {
    startSessions(place, missing)
    for (const name of tmux(place, ['list-sessions', '-F', '#{session_name}']).split('\n')) known.add(name)
  }
  return names.filter((name) => name !== '' && known.has(name))
}

/** The prefix of every command while the file exists: it behaves like ssh to a machine that does not answer. */
function breakWith(place: Place, body: string) {
  writeFileSync(brokenIn(place), `#!/bin/sh\n${body}\n`)
  chmodSync(brokenIn(place), 0o755)
  return () => rmSync(brokenIn(place))
}

afterEach(async () => {
  for (const pid of servers.values()) {
    process.kill(pid, 'SIGTERM')
    await eventually(() => !alive(pid))
  }
  servers.clear()
  prepared.clear()
})

storeSuite({ describe, test, expect }, 'tmux', {
  capabilities: { durability: 'process', retains: true, shared: true, liveOnly: true },
  create: (place) =>
    tmuxStore({ socketPath: socketOf(place), prefix: () => (existsSync(brokenIn(place)) ? [brokenIn(place)] : []) }),
  prepare,
  process: built(join(here, '..', 'support', 'store-process.mjs')),
  cause: {
    outage: (place) => breakWith(place, 'echo no route to host >&2; exit 255'),
    hang: (place) => breakWith(place, 'exec sleep 1000'),
    unreadable: (place, name) => void tmux(place, ['set-option', '-t', `=${name}:`, '@sessionkeep_record', 'torn']),
  },
  timeoutMs: 280_000,
})
