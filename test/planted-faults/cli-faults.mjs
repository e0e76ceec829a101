const cli = (name) => `packages/cli/src/${name}`
const MOVE = { file: 'packages/cli/test/move-records.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const cliFaults = [
  {
    name: 'an export with a changed line is imported',
    file: cli('export/read-export.ts'),
    find: 'if (digest !== end.digest)',
    replace: 'if (digest.length !== end.digest.length)',
    caughtBy: MOVE,
  },
  {
    name: 'an export that was cut off after a line is imported',
    file: cli('export/read-export.ts'),
    find: "if (!end) throw torn(number, 'the last line is missing, so the export was cut off')",
    replace: 'if (!end) return',
    caughtBy: MOVE,
  },
  {
    name: 'a copy overwrites a newer record',
    file: cli('transfer/decide.ts'),
    find: "return differences(value, to.value).length === 0 ? { kind: 'kept' } : { kind: 'joined', value }",
    replace: "return { kind: 'written', value: from.value }",
    caughtBy: MOVE,
  },
  {
    name: 'a password in an argument is accepted',
    file: cli('stores/store-choice.ts'),
    find: '    if (hasPassword(text)) {',
    replace: "    if (hasPassword(text) && text === '') {",
    caughtBy: MOVE,
  },
  {
    name: 'doctor does not mention that persistence was rolled back',
    file: cli('doctor/gateway.ts'),
    find: 'const todo = ADVICE[reason]',
    replace: "const todo = reason === 'rolled-back' ? undefined : ADVICE[reason]",
    caughtBy: { file: 'packages/cli/test/gateway.test.ts', title: 'doctor asks it' },
  },
]
