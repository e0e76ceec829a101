// SESSIONKEEP_TEST_RUNS: how many cases each property test tries that does not say so itself.
const runs = Number(process.env.SESSIONKEEP_TEST_RUNS)

if (runs > 0) {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ numRuns: runs })
}
