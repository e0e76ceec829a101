import { describe, expect, test } from 'vitest'
import { hostClauses } from '../src/host/host-suite.ts'
import { storeClauses } from '../src/store/store-clauses.ts'
import { plainly, sentencesOf } from './support/sentences.ts'

// Sentences of the contracts that no clause has as its title, each with the reason.
const DESCRIPTION = 'describes a thing, and promises nothing'
const OF_CORE = 'a promise of core, not of a store or host'
const NOT_VISIBLE = 'cannot be seen in any call of the contract'

const STORE: Readonly<Record<string, string>> = {
  'What a store promises': DESCRIPTION,
  'the core and the conformance suite hold it to this': DESCRIPTION,
  'What open() is told': DESCRIPTION,
  'Default false': DESCRIPTION,
  'Whether a record is kept with its live session, and goes with it': 'no session is ended by the suite',
  'Where records are kept: batches of plain JSON under names, and nothing else': DESCRIPTION,
  'No retries, caching, validation or deadlines in it: the core does those once for all stores': NOT_VISIBLE,
  'The core makes one writing call at a time and sends at most 500 names a call': OF_CORE,
  'For logs and status: file, keyv, …': DESCRIPTION,
  'Moves what is stored under these names out of the way without destroying it, so that the names are absent after':
    'deletes.set-aside tries that they are absent; that nothing is destroyed shows in no call',
  'The core calls it before it writes over a record that could not be read': OF_CORE,
  'A store without it keeps such a record, and the session of that name is not saved there': OF_CORE,
}

const HOST: Readonly<Record<string, string>> = {
  'Names one incarnation of a session': DESCRIPTION,
  'What the host itself knows of a session': DESCRIPTION,
  'Times are ms since the epoch': DESCRIPTION,
  'host: the host’s record, perhaps in whole seconds': 'a session without a stamp is not made by the suite',
  'When something last happened in it: output, or a client': 'not tried: when a host notices is its own',
  'Whether a client looks at it now': 'not tried: the suite has no terminal to attach',
  'True when its command has ended and only the last screen is left': 'not tried: a host may end such a session',
  'The stamps of the pool that made it': DESCRIPTION,
  'undefined on a session that no pool made': 'a session without a stamp is not made by the suite',
  'Stamped on the session, so that it can say whose it is': DESCRIPTION,
  'ms since the epoch': DESCRIPTION,
  stamped: DESCRIPTION,
  'Default: the host’s own default': DESCRIPTION,
  'Default: the host’s shell': DESCRIPTION,
  'Milliseconds between the text and its Enter: many programs take an Enter that comes at once for a part of the text':
    NOT_VISIBLE,
  'Default: the host’s own': DESCRIPTION,
  '150 for tmux': DESCRIPTION,
  'No text can end its own paste': 'the suite runs no program that asks for bracketed pastes',
  'Clear the line that is being edited first': 'the suite runs no program that edits a line',
  'For a text that was left unsubmitted': DESCRIPTION,
  'What became of a text': DESCRIPTION,
  'Whether an earlier text was found that had not got its Enter, since its gateway ended in between':
    'no gateway ends in the suite',
  'Lines above the screen, or all that the host keeps': 'how much stands above a screen is the host’s own',
  'Whether lines that were wrapped at the edge are joined': 'where lines are wrapped is the host’s own',
  'Whether colours are kept, as escape sequences': 'not tried: a host may have no colours',
  'Default: no limit': DESCRIPTION,
  '@defaultValue 0': DESCRIPTION,
  'The visible screen as text, and what stands above it where asked for': DESCRIPTION,
  'Gives its terminal a size, in characters, that it keeps': 'the suite has no terminal to measure',
  'Where sessions live': DESCRIPTION,
  'For logs and status: tmux, memory, …': DESCRIPTION,
  'Called once before the first use by a pool, where present': OF_CORE,
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
