import { vi } from 'vitest'

// On a busy machine an awaited state may take longer than the default of one second, which would measure the machine.
const PATIENCE = { timeout: 60_000, interval: 10 }

const waitFor = vi.waitFor
vi.waitFor = (callback, options = PATIENCE) => waitFor(callback, options)
