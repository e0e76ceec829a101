// SESSIONKEEP_TEST_RUNS is the number of cases of each property test that does not set its own number.
const runs = Number(process.env.SESSIONKEEP_TEST_RUNS)

if (runs > 0) {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ numRuns: runs })
}
