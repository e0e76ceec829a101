import { memoryStore } from '@sessionkeep/contracts'
import { openStore } from '@sessionkeep/selection'

// Only the call under test keeps this process alive.
const hanging = () => new Promise(() => undefined)
const told = (error) => console.log(error.code)
const options = { metadata: {}, timeoutMs: 50 }
await openStore({ ...memoryStore(), open: hanging }, options).catch(told)
const open = await openStore({ ...memoryStore(), close: hanging }, options)
await open.close().catch(told)
