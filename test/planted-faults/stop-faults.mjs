/** Faults of what a pool does after the report of `stop()`. @type {import('./list.d.mts').PlantedFault[]} */
export const stopFaults = [
  {
    name: 'events are emitted after the report of stop()',
    file: 'packages/core/src/sessions/events.ts',
    find: '      if (isClosed) return\n',
    replace: '',
    caughtBy: { file: 'packages/core/test/pool/stopped.test.ts', title: 'a listing that fails after stop' },
  },
  {
    name: 'a deletion that waited for a store kills the session after stop() has ended',
    file: 'packages/core/src/pool/verbs/delete-session.ts',
    find: '    state.assertNotClosed()\n',
    replace: '',
    caughtBy: { file: 'packages/core/test/pool/stopped.test.ts', title: 'a session whose deletion still waits' },
  },
  {
    name: 'a store that was rolled back is written after the report of stop()',
    file: 'packages/replication/src/draining.ts',
    find: 'replica.detach(timeoutMs, undefined, isAbandoned)',
    replace: 'replica.detach(timeoutMs)',
    caughtBy: { file: 'packages/core/test/pool/stopped.test.ts', title: 'a store that was rolled back and hangs' },
  },
  {
    name: 'a gateway that stops does not wait for the lock that another one is about to free',
    file: 'packages/replication/src/last-writes.ts',
    find: "new Set(['locked', 'joining'])",
    replace: "new Set(['joining'])",
    caughtBy: { file: 'packages/core/test/pool/stop-degraded.test.ts', title: 'saves everything when another gateway' },
  },
  {
    name: 'an attempt to resume counts although stop() cut it off',
    file: 'packages/core/src/pool/verbs/resume-one.ts',
    find: 'ask: () => prepare(previous), signal: sources.state.signal })',
    replace: 'ask: () => prepare(previous) })',
    caughtBy: { file: 'packages/core/test/pool/resume-nothing.test.ts', title: 'gives up a resume' },
  },
]
