import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostSuite, type Place } from '@sessionkeep/conformance'
import { describe, expect, test } from 'vitest'
import { tmuxHost } from '../src/index.ts'

/** The time-out of a clause, ms: on a busy machine or disk one may take long. */
const PATIENCE_MS = 120_000

const socketOf = ({ directory }: Place): string => join(directory, 's')
const brokenIn = ({ directory }: Place): string => join(directory, 'broken')

hostSuite({ describe, test, expect }, 'tmux', {
  timeoutMs: PATIENCE_MS,
  runsCommands: true,
  create: (place) =>
    tmuxHost({
      socketPath: socketOf(place),
      timeoutMs: 20_000,
      prefix: () => (existsSync(brokenIn(place)) ? [brokenIn(place)] : []),
    }),
  cause: {
    rename(place, from, to) {
      execFileSync('tmux', ['-S', socketOf(place), 'rename-session', '-t', `=${from}`, to])
    },
    add(place, name) {
      execFileSync('tmux', ['-f', '/dev/null', '-S', socketOf(place), 'new-session', '-d', '-s', name])
    },
    // ssh fails like this when the machine does not answer.
    outage(place) {
      writeFileSync(brokenIn(place), '#!/bin/sh\necho no route to host >&2; exit 255\n')
      chmodSync(brokenIn(place), 0o755)
      return () => rmSync(brokenIn(place))
    },
  },
})
