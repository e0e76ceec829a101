import { pace } from '../../packages/contracts/src/internal.ts'

// What happens in virtual time must not depend on how busy the machine is.
pace.sliceMs = Number.POSITIVE_INFINITY
pace.batchMs = Number.POSITIVE_INFINITY
