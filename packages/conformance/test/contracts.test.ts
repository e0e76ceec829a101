import { describe, expect, test } from 'vitest'
import { hostClauses } from '../src/host/host-suite.ts'
import { storeClauses } from '../src/store/store-clauses.ts'
import { plainly, sentencesOf } from './support/sentences.ts'

// Sentences of the contracts that no clause has as its title, each with the reason.
const DESCRIPTION = 'describes a thing, and promises nothing'
const OF_THE_POOL = 'a promise of the pool, not of a store or host'
const NOT_VISIBLE = 'cannot be seen in any call of the contract'
const NO_FORGERY = 'the suite forges no stamp'
const NO_OTHER_PLACE = 'the suite has no place that the host cannot reach'
const NO_STAMP_OF_RESUMES = 'a host may leave it out'
const NO_SIZE = 'the suite has no terminal to measure'

const STORE: Readonly<Record<string, string>> = {
  'What a store promises': DESCRIPTION,
  'The pool relies on these promises, and the conformance suite tests them': DESCRIPTION,
  'Whether the store keeps a record only while its session lives': 'the suite ends no session',
  'What the pool passes to open()': DESCRIPTION,
  'A store that is not shared has a lock instead': 'processes.locked tests it',
  'Undefined: the lock excludes everyone, and no lease is taken':
    'capabilities.owner tests the lock; that no lease is taken, each clause that opens two stores',
  'The pool then reads the whole store again before it reports anything as saved, since stored records may be gone':
    OF_THE_POOL,
  'When open() rejects with STORE_LOCKED, STORE_READ_ONLY or STORE_FULL, the pool opens it with readOnly and tries again later':
    OF_THE_POOL,
  'Options of every call of a store': DESCRIPTION,
  'A store keeps records: plain JSON under names, read and written in batches': DESCRIPTION,
  'A store has no retries, caching, validation or time-outs of its own, because the pool does these once for all stores':
    NOT_VISIBLE,
  'The pool makes one writing call at a time and passes at most 500 names to a call': OF_THE_POOL,
  'The name of the store in logs and status: file, keyv, …': DESCRIPTION,
  'Moves the records of these names out of the way without destroying them, so that the names are absent afterwards':
    'deletes.set-aside tests that the names are absent; no call shows that the records are not destroyed',
  'The pool calls it before it writes over a record that could not be read': OF_THE_POOL,
  'In a store without this method such a record stays, and the session of that name is not saved there': OF_THE_POOL,
}

const HOST: Readonly<Record<string, string>> = {
  'A process that ignores the end of its terminal outlives its server': DESCRIPTION,
  'pid is {@link HostSession.pid} as list() last had it': DESCRIPTION,
  'The pool for which the session was made, while the session has no stamp that the host believes': NO_FORGERY,
  'It proves nothing, but other pools do not take such a session in by its name': OF_THE_POOL,
  'How an exited session ended, if a pool created the session and the host knows': 'a host may not know it',
  'undefined if it resumes none': NO_STAMP_OF_RESUMES,
  'The incarnation of the ended session that this one resumes, as its stamp says': NO_STAMP_OF_RESUMES,
  'The incarnation of the ended session that it resumes, to stamp the session with': NO_STAMP_OF_RESUMES,
  'Another gateway that finds the session learns from it whose metadata goes on': OF_THE_POOL,
  'Identifies one incarnation of a session': DESCRIPTION,
  'A session as its host reports it': DESCRIPTION,
  'Times are ms since the epoch': DESCRIPTION,
  'When the session last had output or a client': 'each host notices this at another time',
  'How a command is started in place of another': DESCRIPTION,
  'How the host sees that a program has taken a text': DESCRIPTION,
  'With true, a text counts as taken when the screen has changed by more than line breaks, when another program has the terminal, or when the command has ended':
    'the suite has no program that leaves a text in its input',
  'Whether the screen shows that the text was taken': DESCRIPTION,
  'before is the screen with the text, before Enter': 'each host shows a text in its own way',
  'Give it for programs whose screen changes by itself': DESCRIPTION,
  'How long to wait after each Enter, ms': 'how long a call takes depends on the machine',
  'The id of the command’s process, on the machine or in the container where the session runs':
    'the suite does not know where a host runs its commands',
  'The name of the program that has the terminal now: for example make while a shell runs it':
    'the suite does not know how a host names programs',
  'Whether a client, such as a person’s terminal, is attached now': 'the suite has no terminal to attach',
  'True when the command has ended and only its last screen remains': 'a host may end such a session',
  'The map gives each a text that says where it lives, and what to do about it': NO_OTHER_PLACE,
  'Finds out which of these incarnations, none of which list() returned, live where this host cannot reach them, for example on a server whose socket was removed':
    NO_OTHER_PLACE,
  'Rejects with HOST_UNAVAILABLE when it cannot find out': NO_OTHER_PLACE,
  'How an output is read': DESCRIPTION,
  'The most bytes to keep for a slow reader': 'what a slow reader misses depends on the machine',
  'When there are more, the oldest are dropped': 'what a slow reader misses depends on the machine',
  'A piece of the output of a session': DESCRIPTION,
  'A character may be cut in two between chunks': DESCRIPTION,
  'How many bytes were dropped just before this chunk, because the reader was slow':
    'what a slow reader misses depends on the machine',
  'Several readers of one session get the same': 'what the readers get comes in chunks of any size',
  'How the command of a session ended, as far as its host knows': DESCRIPTION,
  'It is a hint: the pool lists the sessions then, and from time to time in any case': OF_THE_POOL,
  'The pool asks each time before it returns a session, so the method must be cheap': OF_THE_POOL,
  'False does not mean that the command runs': DESCRIPTION,
  'The pool that the session is stamped with': DESCRIPTION,
  'undefined without a stamp, and for a stamp that the host cannot prove to be a pool’s': NO_FORGERY,
  'Whether the stamp says that the pool took the session in by its name, and did not create it': DESCRIPTION,
  'Such a session is never ended for silence': OF_THE_POOL,
  'If an element is no {@link HostSession}, the pool counts its session as unknown: neither alive nor gone':
    OF_THE_POOL,
  'Why the host does not believe the stamp that the session carries': DESCRIPTION,
  'Only the name of the session counts then': OF_THE_POOL,
  'What a stamp says of a session that a pool has taken in': DESCRIPTION,
  'see {@link SessionHost.stamp}': DESCRIPTION,
  'The pool that the session belongs to': DESCRIPTION,
  'The workspace of the session, also after a rename': DESCRIPTION,
  'Without this method, a session that others created has, after a restart, the workspace that its present name means':
    OF_THE_POOL,
  'The workspace that the session is stamped with': DESCRIPTION,
  'How a host creates a session': DESCRIPTION,
  'The workspace to stamp the session with, so that a later pool recognises it': DESCRIPTION,
  'The pool to stamp the session with': DESCRIPTION,
  'The time of creation to stamp the session with, ms since the epoch': DESCRIPTION,
  'The width of the terminal, characters': NO_SIZE,
  'The height of the terminal, characters': NO_SIZE,
  'Gives up a call that waits, for example for a text that is being typed': DESCRIPTION,
  'Once the host has begun to end that command, the signal changes nothing': NOT_VISIBLE,
  'Gives up a call that waits, for example for an earlier text': DESCRIPTION,
  'Once the host has begun to type, the signal changes nothing, since half a text is worse than a whole one':
    NOT_VISIBLE,
  'How keys are pressed': DESCRIPTION,
  'Once the host has begun to press the keys, the signal changes nothing': NOT_VISIBLE,
  'How a text is typed': DESCRIPTION,
  'The pause between the text and Enter, ms': NOT_VISIBLE,
  'Many programs take an Enter that follows at once for a part of the text': DESCRIPTION,
  'Even with pass, the text cannot end its own paste': 'the suite runs no program that asks for bracketed pastes',
  'Clear the input line first, for example of an earlier text that was not submitted':
    'the suite runs no program that edits a line',
  'The result of {@link SessionHost.sendText}': DESCRIPTION,
  'Whether the session held an earlier text without its Enter, because the gateway that typed the text ended before it pressed Enter':
    'no gateway ends in the suite',
  'What part of the screen is captured, and how': DESCRIPTION,
  'The number of lines above the visible screen, or all that the host keeps': 'each host keeps another number of lines',
  'Whether lines that the terminal wrapped are joined again': 'each host wraps lines at another width',
  'Whether colours are included, as escape sequences': 'a host may have no colours',
  'Where sessions run': DESCRIPTION,
  'Identifies the machine and the server on which the sessions run': 'the suite has one machine',
  'Stores that several machines share keep the records of pools without a poolId apart by it': OF_THE_POOL,
  'The name of the host in logs and status: tmux, memory, …': DESCRIPTION,
  'Returns the visible screen as text, with history lines above it': 'talk.text and talk.max-bytes test it',
  'Sets the size of the terminal, in characters': NO_SIZE,
  'The size stays until the next call': NO_SIZE,
  'Identifies the boot of the machine on which the sessions run: an opaque text that differs after each reboot':
    'the machine is not rebooted in the suite',
  'Undefined if the host cannot say': DESCRIPTION,
  'A pool asks once it has listed the sessions, and again when sessions are gone': OF_THE_POOL,
  'Without this method, sessions count as ended with their server if the host lists no session at all': OF_THE_POOL,
  'A host without this method leaves it to create()': OF_THE_POOL,
  'Prepares the host': DESCRIPTION,
  'A pool calls it once, before any other method': OF_THE_POOL,
}

describe('the clauses', () => {
  test.each([
    ['metadata-store.ts', storeClauses, STORE],
    ['session-host.ts', hostClauses, HOST],
  ] as const)('have the sentences of %s as titles', (file, clauses, others) => {
    const titles = clauses.map(({ title }) => plainly(title)).join('\n')
    const untitled = sentencesOf(file).filter((sentence) => !titles.includes(sentence))
    expect(untitled.length).toBeGreaterThan(0)
    expect([...new Set(untitled)].sort()).toEqual(Object.keys(others).map(plainly).sort())
  })

  test.each([
    ['store', storeClauses],
    ['host', hostClauses],
  ] as const)('of the %s suite have ids and titles of their own', (_, clauses) => {
    const all = clauses.flatMap(({ id, title }) => [id, title])
    expect(new Set(all).size).toBe(all.length)
  })
})
