const core = (file) => `packages/core/src/${file}`
const mistake = (title) => ({ file: 'test/scenarios/resume-mistakes.test.ts', title })
const turn = (title) => ({ file: 'packages/core/test/pool/resume-turn.test.ts', title })
const renamed = (title) => ({ file: 'packages/core/test/pool/resume-renamed.test.ts', title })
const resume = (title) => ({ file: 'packages/core/test/pool/resume-nothing.test.ts', title })

const told = (title) => ({ file: 'packages/core/test/pool/deletion-told.test.ts', title })

/** @type {import('./list.d.mts').PlantedFault[]} */
export const resumeFaults = [
  {
    name: 'a deletion is forgotten by one store before the other was told',
    file: core('sessions/desired-records.ts'),
    find: 'session.toldFrom !== undefined && mustRemember(session)',
    replace: 'session.toldFrom !== undefined && mustRemember === undefined',
    caughtBy: {
      file: 'packages/core/test/pool/deleted-stays-deleted.test.ts',
      title: 'does not come back with it, after two crashes and a reboot',
    },
  },
  {
    name: 'a deletion is forgotten although another store has a record under the former name',
    file: 'packages/replication/src/replicas.ts',
    find: '.some(({ name, about }) => !replica.refusal(name)',
    replace: '.some(({ name, about }) => about === tombstone && !replica.refusal(name)',
    caughtBy: {
      file: 'packages/core/test/pool/deletion-renamed.test.ts',
      title: 'a session that was renamed and deleted while store',
    },
  },
  {
    name: 'a store is not told that the former record of a deleted session is gone from the other one',
    file: 'packages/replication/src/replicas.ts',
    find: 'for (const { name, about } of sessions.tombstonesLike(tombstone))',
    replace:
      'for (const { name, about } of sessions.tombstonesLike(tombstone).filter((one) => one.about === tombstone))',
    caughtBy: {
      file: 'packages/core/test/pool/deletion-renamed.test.ts',
      title: 'a store forgets the deletion of a renamed session once',
    },
  },
  {
    name: 'the united record of a session does not say how it ended',
    file: core('discovery/orphans.ts'),
    find: 'expiresAt: expiryOf(whole), ended: end } as const\n    tombstones',
    replace: 'expiresAt: expiryOf(whole) } as const\n    tombstones',
    caughtBy: {
      file: 'packages/core/test/discovery/united-records.test.ts',
      title: 'the united record of a session that was renamed says how it ended',
    },
  },
  {
    name: 'an end is not settled in the stores while one of them is away',
    file: core('discovery/orphans.ts'),
    find: 'if (end === record.ended) return false\n    last.ended',
    replace: 'if (end === record.ended || record.ended) return false\n    last.ended',
    caughtBy: {
      file: 'test/histories/resume/resume.test.ts',
      title: 'a session is killed by hand while a store is away, and its server ends more than a minute later',
    },
  },
  {
    name: 'a session that ended while no pool ran replaces the record of the one before',
    file: core('discovery/apply-reconciliation.ts'),
    find: 'addEarlier(session, former)\n  // A pool noted',
    replace: 'addEarlier\n  // A pool noted',
    caughtBy: {
      file: 'test/histories/resume/resume.test.ts',
      title:
        'a session takes the name of a lost one while no store can be reached, and exits before a new gateway finds it',
    },
  },
  {
    name: 'two stores write the record of a deletion again and again',
    file: 'packages/replication/src/write-queue.ts',
    find: 'isInterim ? slots.ackedRevision(name, about) === revision',
    replace: 'isInterim ? false',
    caughtBy: told('two of three stores do not write the record of a deletion again and again while the third is away'),
  },
  {
    name: 'a deletion goes to a store that was not asked for a later session of the name',
    file: core('discovery/orphans.ts'),
    find: "replica.slots.setAnswer(record.sessionName, 'unasked')",
    replace: 'replica.slots.get(record.sessionName)',
    caughtBy: told('the record of a later lost session is not removed for the deletion of an earlier one of its name'),
  },
  {
    name: 'an earlier session of a deleted one comes back',
    file: core('discovery/orphans.ts'),
    find: 'startOf(record) < (startOfUnwanted.get(sessionName) ?? 0)',
    replace: 'startOf(record) < 0',
    caughtBy: told('an earlier session of a reused name, deleted while store'),
  },
  {
    name: 'a later revision wins over a deletion',
    file: core('discovery/orphans.ts'),
    find: 'return ended && expiresAt ? { ...joined',
    replace: 'return ended && !expiresAt ? { ...joined',
    caughtBy: told('an observer that reads both records of a deletion in one pass lists nothing'),
  },
  {
    name: 'a store that keeps records only with their sessions remembers a deletion',
    file: 'packages/replication/src/replicas.ts',
    find: '    !replica.liveOnly &&\n',
    replace: '',
    caughtBy: told('a store that keeps records only with their sessions is not asked to remember a deletion'),
  },
  {
    name: 'a store that owes no deletion remembers it all the same',
    file: 'packages/replication/src/replicas.ts',
    find: '!replica.refusal(name) && replica.slots.owed(name, about)) &&\n    [...open]',
    replace: '!replica.refusal(name)) &&\n    [...open]',
    caughtBy: {
      file: 'packages/core/test/pool/deleted-stays-deleted.test.ts',
      title: 'a store that somebody emptied meanwhile gets no record of a deletion',
    },
  },
  {
    name: 'what is known of a session is forgotten when the record that it resumes is read',
    file: core('sessions/sessions.ts'),
    find: 'session.past = session.past ? join(past, session.past) : past',
    replace: 'session.past = past',
    caughtBy: {
      file: 'packages/core/test/pool/resume-two-gateways.test.ts',
      title: 'requests of a session that was found without what it resumes',
    },
  },
  {
    name: 'a command from a store that others can write to is started',
    file: 'packages/core/src/discovery/collect-copies.ts',
    find: 'if (!shared || record.place?.command === undefined) return record',
    replace: 'if (shared !== undefined) return record',
    caughtBy: { file: 'packages/core/test/pool/resume-shared.test.ts', title: 'a command that a shared store has' },
  },
  {
    name: 'a renamed session that was lost is in no plan after a restart',
    file: core('discovery/orphans.ts'),
    find: 'renamed.push(record)',
    replace: 'void record',
    caughtBy: renamed('a session that was renamed by hand and lost in a reboot'),
  },
  {
    name: 'the record under the last name of a resumed session stays',
    file: core('sessions/sessions.ts'),
    find: 'for (const record of renamed) tombstones.addForFormerSession(session, record)',
    replace: 'void renamed',
    caughtBy: renamed('it is in the plan of the same pool too'),
  },
  {
    name: 'a record under another name takes the place of the own one of a workspace',
    file: core('discovery/orphans.ts'),
    find: 'isFree && !table.get(workspace)',
    replace: '!table.get(workspace)',
    caughtBy: renamed('a record that names the workspace under another name'),
  },
  {
    name: 'the stamp of a resumed session does not say what it resumes',
    file: core('pool/verbs/create-session.ts'),
    find: 'resumes: resumed?.record.incarnation',
    replace: 'resumes: undefined',
    caughtBy: { file: 'packages/core/test/pool/resume-two-gateways.test.ts' },
  },
  {
    name: 'a session is killed before its record says that it is being deleted',
    file: core('pool/verbs/delete-session.ts'),
    find: '        intend(session, reason)\n',
    replace: '',
    caughtBy: {
      file: 'packages/core/test/pool/intent.test.ts',
      title: 'the record says that a session is being deleted',
    },
  },
  {
    name: 'what stands against a resume is not asked again at its turn',
    file: core('pool/verbs/resume-one.ts'),
    find: 'await obstacleOf(previous, input, asker)',
    replace: 'asker === "pool" ? undefined : await obstacleOf(previous, input, asker)',
    caughtBy: mistake('5: a session does not come back beside a living one'),
  },
  {
    name: 'a session that is being resumed is not seen by one that comes meanwhile',
    file: core('pool/verbs/resume-one.ts'),
    find: '          underWay.set(workspace, previous)\n',
    replace: '',
    caughtBy: turn('of two sessions with one key that are asked for at the same time, one is prepared'),
  },
  {
    name: 'a session that is to be resumed has no place until it is started',
    file: core('pool/verbs/resume-one.ts'),
    find: 'let leave = isAsked ? table.reserve() : undefined',
    replace: 'let leave = undefined as (() => void) | undefined',
    caughtBy: turn('queue: a request waits for room too'),
  },
  {
    name: 'a command line that redact has changed is started again',
    file: 'packages/resume/src/launch-place.ts',
    find: '!withheld && { command }',
    replace: '{ command }',
    caughtBy: {
      file: 'packages/resume/test/launch-place.test.ts',
      title: 'a command that is not stored whole',
    },
  },
  {
    name: 'a plan that failed is not made again',
    file: core('pool/auto-resume.ts'),
    find: '      planAgain()\n      throw error',
    replace: '      throw error',
    caughtBy: turn('a plan that fails is made again'),
  },
  {
    name: 'an end that proves later to have been a loss is not planned for',
    file: core('pool/auto-resume.ts'),
    find: ' || ends.some((end) => !planned.has(end))',
    replace: '',
    caughtBy: {
      file: 'packages/core/test/pool/resume.test.ts',
      title: 'with when: start a session comes back whose end proves later',
    },
  },
  {
    name: 'a start clears the attempts to resume a session',
    file: core('pool/verbs/create-session.ts'),
    find: 'if (resumed) session.tries = resumed.tries',
    replace: 'if (resumed) session.tries = null',
    caughtBy: mistake('8: a session that ends again'),
  },
  {
    name: 'an attempt is noted only after the session was started',
    file: core('pool/verbs/resume-one.ts'),
    find: 'const noted = sources.discovery.noteTries(record, tries)',
    replace: 'const noted = record',
    caughtBy: mistake('8: a session that ends again after each start'),
  },
  {
    name: 'a session that resumes another one is found without its metadata',
    file: core('discovery/apply-reconciliation.ts'),
    find: 'if (finding.resumes) sessions.finishResume(session, finding.resumes)',
    replace: '',
    caughtBy: mistake('6: a session whose gateway ended'),
  },
  {
    name: 'a session that somebody killed counts as lost',
    file: 'packages/resume/src/causes.ts',
    find: "return now.endedWithServer ? 'server' : 'killed'",
    replace: "return 'server'",
    caughtBy: { file: 'packages/resume/test/causes.test.ts', title: 'is boot only if both boots' },
  },
  {
    name: 'a session is resumed from the records of one store while another is silent',
    file: core('discovery/discover.ts'),
    find: '(isOpen(replica) || [...replica.indeterminate()]',
    replace: '([...replica.indeterminate()]',
    caughtBy: resume('while a store has not answered nothing is resumed'),
  },
  {
    name: 'a session that others restored is taken for the lost one',
    file: core('discovery/reconcile.ts'),
    find: 'if (!known && !isStamped && input.keepsLost &&',
    replace: 'if (!known && !isStamped && !input.keepsLost &&',
    caughtBy: { file: 'test/scenarios/resume-mistakes-starts.test.ts', title: '14: an empty shell' },
  },
  {
    name: 'a command that outlived its server is ignored',
    file: 'packages/resume/src/plan.ts',
    find: 'if (survivor !== undefined) return',
    replace: 'if (!survivor && survivor !== undefined) return',
    caughtBy: { file: 'packages/resume/test/plan.test.ts', title: 'a plan' },
  },
  {
    name: 'a turn goes on for ever when its session has ended',
    file: core('pool/verbs/turns.ts'),
    find: 'if (turn.ended.signal.aborted) abort.abort(turn.ended.signal.reason)',
    replace: '',
    caughtBy: { file: 'packages/core/test/pool/verbs/turns.test.ts', title: 'a turn whose session ends' },
  },
  {
    name: 'a pool that waits for the lock resumes sessions',
    file: core('pool/verbs/resume-one.ts'),
    find: "(asker === 'pool' ? lockedBy() : undefined) ??",
    replace: '',
    caughtBy: resume('a pool that waits for the lock'),
  },
  {
    name: 'the last screen of a session shows the values of its variables to a gateway that did not start it',
    file: 'packages/tmux/src/last-screens.ts',
    find: 'withoutValues(trimmed(screen), variablesIn(trimmed(environment)))',
    replace: 'withoutValues(trimmed(screen), environment ? {} : variablesIn(environment))',
    caughtBy: { file: 'packages/tmux/test/ended.test.ts', title: 'shows no values of its variables' },
  },
  {
    name: 'an observer plans without working out how sessions ended',
    file: 'packages/core/src/discovery/orphans.ts',
    find: 'withEnd(joinedRecord(orphan))',
    replace: 'joinedRecord(orphan)',
    caughtBy: { file: 'packages/core/test/pool/resume-nothing.test.ts', title: 'an observer plans' },
  },
]
