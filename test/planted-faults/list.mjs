import { cliFaults } from './cli-faults.mjs'
import { fuzzFaults } from './fuzz-faults.mjs'
import { httpFaults } from './http-faults.mjs'
import { lowdbFaults } from './lowdb-faults.mjs'
import { mirrorFaults } from './mirror-faults.mjs'
import { poolFaults } from './pool-faults.mjs'
import { recordFaults } from './record-faults.mjs'
import { resumeFaults } from './resume-faults.mjs'
import { spareFaults } from './spare-faults.mjs'
import { stopFaults } from './stop-faults.mjs'
import { storeFaults } from './store-faults.mjs'
import { switchingFaults } from './switching-faults.mjs'
import { turnFaults } from './turn-faults.mjs'

/**
 * Mistakes that a programmer could make, each as one change of one source file. `find` occurs there exactly once, and
 * `caughtBy` is the test that must fail.
 */
export const plantedFaults = [
  ...recordFaults,
  ...poolFaults,
  ...stopFaults,
  ...spareFaults,
  ...resumeFaults,
  ...storeFaults,
  ...lowdbFaults,
  ...mirrorFaults,
  ...switchingFaults,
  ...turnFaults,
  ...fuzzFaults,
  ...httpFaults,
  ...cliFaults,
]
