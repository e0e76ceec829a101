const core = (file) => `packages/core/src/${file}`
const contracts = (file) => `packages/contracts/src/${file}`
const large = (title) => ({ file: 'packages/core/test/discovery/large-stores.test.ts', title })

/** Faults of large stores, of turns of the event loop, and of what happens at the same time. @type {import('./list.d.mts').PlantedFault[]} */
export const turnFaults = [
  {
    name: 'the record that a session left under a name is forgotten when another one takes the name',
    file: 'packages/replication/src/slots.ts',
    find: 'if (about && isStored && about !== subject?.about) slot.left = { about, revision: ackedRevision }',
    replace: '',
    caughtBy: { file: 'packages/core/test/replication/left-records.test.ts', title: 'a poll of the host that finds' },
  },
  {
    name: 'a pool does not see whose record it found under the name of another session',
    file: core('discovery/apply-answers.ts'),
    find: 'if (isLeft) replica.slots.setLeft(sessionName, { about: owner, revision: owner.revision })',
    replace: '',
    caughtBy: { file: 'packages/core/test/replication/left-records.test.ts', title: 'that finds the record of' },
  },
  {
    name: 'a session is created over the record of one whose rename was not noticed',
    file: core('sessions/desired-records.ts'),
    find: 'if (table.has(successor)) return hasName && (',
    replace: 'if (table.has(successor)) return (',
    caughtBy: {
      file: 'packages/core/test/replication/left-records.test.ts',
      title: 'created under the name of a renamed one',
    },
  },
  {
    name: 'a former record that is read late is deleted before all of it is saved under the present name',
    file: core('sessions/tombstones.ts'),
    find: 'known.revision = session.revision',
    replace: '',
    caughtBy: {
      file: 'packages/core/test/replication/left-records.test.ts',
      title: 'that is read late under a former name',
    },
  },
  {
    name: 'a session waits for the one whose name it took after it was saved there',
    file: 'packages/replication/src/replicas.ts',
    find: 'replica.slots.setLeft(name, isOfEarlier && record ? { about, revision } : undefined)',
    replace: '',
    caughtBy: { file: 'packages/core/test/replication/left-records.test.ts', title: 'is saved again' },
  },
  {
    name: 'a session that takes the name of a renamed one replaces the only record of that one',
    file: core('sessions/desired-records.ts'),
    find: 'return next === session || path.size === 0',
    replace: 'return true',
    caughtBy: { file: 'packages/core/test/replication/left-records.test.ts', title: 'leaves the record there' },
  },
  {
    name: 'sessions that swapped their names wait for each other',
    file: core('sessions/desired-records.ts'),
    find: 'return next === session || path.size === 0',
    replace: 'return path.size === 0',
    caughtBy: { file: 'packages/core/test/replication/left-records.test.ts', title: 'do not wait for each other' },
  },
  {
    name: 'saves that are called at once make all their records in one turn of the event loop',
    file: core('pool/verbs/save-session-metadata.ts'),
    find: '    await nextTurn()\n',
    replace: '',
    caughtBy: { file: 'test/scenarios/stalls.test.ts', title: 'while a pool starts with 30 sessions' },
  },
  {
    name: 'thousands of orphans are handled in one turn of the event loop',
    file: contracts('base/yield-to-event-loop.ts'),
    find: 'return steps >= every || systemClock.now() - since >= SLICE_MS ? pause() : undefined',
    replace: 'return steps < 0 && systemClock.now() < since ? pause() : undefined',
    caughtBy: { file: 'test/scenarios/stalls.test.ts', title: 'while a pool starts with 20,000 orphans' },
  },
  {
    name: 'a gateway that was suspended writes its older attributes again',
    file: 'packages/core/src/sessions/merge-stored.ts',
    find: 'ownAttributes(session).delete(key)',
    replace: 'void key',
    caughtBy: { file: 'test/handover/freezes.test.ts' },
  },
  {
    name: 'a renamed session counts as new although most records were not read yet',
    file: core('discovery/discover.ts'),
    find: 'if (isFirst || (!complete && replica.isJoined() && !replica.isWhole())) return true',
    replace: '',
    caughtBy: large('a renamed session is unverified until all records are read'),
  },
  {
    name: 'a session is created under a name that was not read yet',
    file: core('pool/verbs/get-or-create-session.ts'),
    find: 'await discovery.askFor(sessionName)',
    replace: '',
    caughtBy: large('a session is created before the record of its earlier one was read'),
  },
  {
    name: 'a session that another pool is creating is taken in by its name',
    file: core('discovery/reconcile.ts'),
    find: '(session.madeFor ?? pool) === pool && takeIn(session)',
    replace: 'takeIn(session)',
    caughtBy: {
      file: 'packages/core/test/discovery/taken-in.test.ts',
      title: 'a session that was made for another pool',
    },
  },
  {
    name: 'a value of Redis is fetched whatever its size',
    file: 'packages/store-keyv/src/engines/redis-commands.ts',
    find: 'of portions(sizes)',
    replace: 'of [keys]',
    caughtBy: {
      file: 'packages/store-keyv/test/engines/redis.test.ts',
      title: 'a value of many megabytes is never fetched',
    },
  },
  {
    name: 'the signal that tmux 3.2 prints on a last screen is not read',
    file: 'packages/tmux/src/last-screens.ts',
    find: ', ...(isOld && signal !== undefined && { signal })',
    replace: '',
    caughtBy: { file: 'packages/tmux/test/ended.test.ts', title: 'also by tmux 3.2' },
  },
  {
    name: 'the end of a session ends another one whose pane a person moved into it',
    file: 'packages/tmux/src/kill.ts',
    find: '(await hasGuests(context, { server, session, pane }, deadline))',
    replace: 'false',
    caughtBy: { file: 'packages/tmux/test/kill.test.ts', title: 'leaves another session whose pane a person moved' },
  },
  {
    name: 'keys reach every pane that a person has synchronized',
    file: 'packages/tmux/src/send-keys.ts',
    find: ' off ; ',
    replace: ' on ; ',
    caughtBy: { file: 'packages/tmux/test/pane.test.ts', title: 'keys reach no other pane although' },
  },
  {
    name: 'a pane that another program names for a session is believed to be its own',
    file: 'packages/tmux/src/stamp.ts',
    find: 'of === incarnation && signed && signature && isSigned(signed, signature) ? pane',
    replace: 'of === incarnation && signed && signature ? pane',
    caughtBy: { file: 'packages/tmux/test/stamp.test.ts', title: 'does not end with the pane that another program' },
  },
  {
    name: 'a server that was started by hand in place of a cleaned one is not asked for its variables',
    file: 'packages/tmux/src/create.ts',
    find: ', needed: cleanOption })',
    replace: ' })',
    caughtBy: { file: 'packages/tmux/test/environment.test.ts', title: 'is asked of a server of its own' },
  },
  {
    name: 'a respawn for which launch answers late ends a command after stop() has ended',
    file: 'packages/core/src/pool/verbs/respawn.ts',
    find: '    state.assertNotClosed()\n',
    replace: '',
    caughtBy: { file: 'packages/core/test/pool/stopped.test.ts', title: 'launch answers a creation or a respawn' },
  },
]
