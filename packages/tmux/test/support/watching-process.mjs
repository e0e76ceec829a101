// Watches the sessions of the server with this socket until it is killed.
import { tmuxHost } from '../../src/index.ts'

tmuxHost({ socketPath: process.argv[2] }).watch(() => undefined)
process.stdout.write('watching\n')
setInterval(() => undefined, 1000)
