import { constants } from 'node:os'
import { openFixture } from './fixture.ts'
import { runStory } from './story.ts'

const fixture = openFixture()
const interrupted = new AbortController()
let exitCode = 1
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    exitCode = 128 + constants.signals[signal]
    interrupted.abort(new Error(`interrupted by ${signal}`))
  })
}

try {
  const broken = await runStory(fixture, {
    write: (text) => process.stdout.write(text),
    stepMs: 1000,
    signal: interrupted.signal,
  })
  if (broken === 0) exitCode = 0
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
} finally {
  fixture.close()
}
process.exit(exitCode)
