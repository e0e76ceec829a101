import type { Suite } from '../frame/report.ts'
import { runSuite } from '../frame/run-suite.ts'
import type { TestRunner } from '../frame/runner.ts'
import { endedClauses } from './clauses/ended.ts'
import { killClauses } from './clauses/kill.ts'
import { respawnClauses } from './clauses/respawn.ts'
import { sessionClauses } from './clauses/sessions.ts'
import { stampClauses } from './clauses/stamp.ts'
import { talkClauses } from './clauses/talk.ts'
import type { HostCauses, HostDeclared, HostMeans, HostSuiteOptions } from './options.ts'
import { beginHostTrial, type HostClause, type HostTrial } from './trial.ts'

export const hostClauses: readonly HostClause[] = [
  ...sessionClauses,
  ...killClauses,
  ...stampClauses,
  ...talkClauses,
  ...endedClauses,
  ...respawnClauses,
]

/**
 * Declares one test for each promise of `SessionHost`.
 *
 * @param runner - `describe` and `test` of the test runner; `expect` is optional
 * @param name - the name of the host in titles and in the report
 * @example
 * ```ts
 * import { hostSuite } from '@sessionkeep/conformance'
 * import { memoryHost } from '@sessionkeep/contracts/testing'
 * import { describe, expect, test } from 'vitest'
 *
 * const hosts = new Map<string, ReturnType<typeof memoryHost>>()
 * hostSuite({ describe, test, expect }, 'memory', {
 *   create({ id }) {
 *     const host = hosts.get(id) ?? memoryHost()
 *     hosts.set(id, host)
 *     return host
 *   },
 * })
 * ```
 */
export function hostSuite(runner: TestRunner, name: string, options: HostSuiteOptions): Suite {
  const { cause = {}, runsCommands = false, timeoutMs = 20_000 } = options
  return runSuite<HostTrial, HostDeclared, HostMeans>(runner, {
    suite: 'host',
    name,
    clauses: hostClauses,
    declared: { runsCommands },
    facts: { runsCommands },
    has: (means) => cause[means.slice('cause.'.length) as keyof HostCauses] !== undefined,
    begin: (place) => beginHostTrial(options, place, timeoutMs / 2),
    timeoutMs,
    onReport: options.onReport,
  })
}
