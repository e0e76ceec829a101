const fuzzer = (target) => ({ file: 'test/fuzz/fuzz.test.ts', title: `the fuzzer of ${target}` })

/** One fault for each fuzzer, so that each is known to find something. @type {import('./list.d.mts').PlantedFault[]} */
export const fuzzFaults = [
  {
    name: 'a count that was read is written as it was read',
    file: 'packages/contracts/src/record/parse-record.ts',
    find: 'return Math.min(value, MAX_COUNT)',
    replace: 'return value + MAX_COUNT * 4',
    caughtBy: fuzzer('record'),
  },
  {
    name: 'a row of tmux with an odd id is believed',
    file: 'packages/tmux/src/rows.ts',
    find: 'SESSION.test(sessionId) && ',
    replace: '',
    caughtBy: fuzzer('rows'),
  },
  {
    name: 'a garbled record in an option of tmux throws as JSON.parse does',
    file: 'packages/tmux/src/store/record-value.ts',
    find: 'fault = messageOf(error)',
    replace: 'throw error',
    caughtBy: fuzzer('options'),
  },
  {
    name: 'a configuration may have any number of values',
    file: 'packages/selection/src/file/read-config.ts',
    find: 'if (hasTooMany(value)) {',
    replace: 'if (hasTooMany(undefined)) {',
    caughtBy: fuzzer('config'),
  },
  {
    name: 'an error of reading a selection is passed on as it is',
    file: 'packages/selection/src/parse-selection.ts',
    find: 'if (thrown instanceof ConfigError) throw thrown',
    replace: 'if (thrown) throw thrown',
    caughtBy: fuzzer('selection'),
  },
  {
    name: 'any object in a flag is taken for a selection',
    file: 'packages/selection/src/flag-layer.ts',
    find: 'z.strictObject({ store: name, mirror: z.array(name).optional() })',
    replace: 'z.looseObject({ store: z.any(), mirror: z.array(name).optional() })',
    caughtBy: fuzzer('flags'),
  },
  {
    name: 'an error of one record fails the reading of all',
    file: 'packages/contracts/src/record/parse-record.ts',
    find: 'return unreadable(`reading it failed',
    replace: 'throw String(`reading it failed',
    caughtBy: fuzzer('stored-values'),
  },
  {
    name: 'the password of a URI is told',
    file: 'packages/contracts/src/errors/uri-forms.ts',
    find: "word.lastIndexOf('@')",
    replace: "word.lastIndexOf('@@')",
    caughtBy: fuzzer('redaction'),
  },
]
