import { keptFaults } from './kept-faults.mjs'
import { mirrorFaults } from './mirror-faults.mjs'
import { poolFaults } from './pool-faults.mjs'
import { recordFaults } from './record-faults.mjs'

/**
 * Mistakes that somebody could make, each as one change of one source file. `find` stands there exactly once;
 * `caughtBy` is the test that has to turn red.
 */
export const plantedFaults = [...recordFaults, ...poolFaults, ...keptFaults, ...mirrorFaults]
