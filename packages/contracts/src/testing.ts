export type { Clock } from './base/clock.ts'
export { type MemoryHost, memoryHost } from './hosts/memory-host.ts'
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './testing/virtual-clock.ts'
