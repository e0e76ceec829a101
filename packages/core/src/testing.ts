export type { Clock, MemoryHost, VirtualClock, VirtualClockOptions } from '@sessionkeep/contracts/testing'
export { memoryHost, virtualClock } from '@sessionkeep/contracts/testing'
