// Reads the output of the session `a` of the server with this socket until it is killed.
import { tmuxHost } from '../../src/index.ts'

for await (const { data } of tmuxHost({ socketPath: process.argv[2] }).output({ sessionName: 'a' })) {
  process.stdout.write(data.length === 0 ? 'reading\n' : data)
}
