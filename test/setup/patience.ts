import { vi } from 'vitest'

// A state that is waited for comes in its own time on a busy machine; the default of one second is a measurement, not a test.
const PATIENCE = { timeout: 20_000, interval: 10 }

const waitFor = vi.waitFor
vi.waitFor = (callback, options = PATIENCE) => waitFor(callback, options)
