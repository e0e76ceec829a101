import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = join(import.meta.dirname, '..', '..')

/** The files that take longer than ten seconds. A run that began one of them last would wait for that file alone. */
const SLOW = [
  'packages/conformance/test/broken-stores.test.ts',
  'packages/conformance/test/broken-histories.test.ts',
  'packages/store-keyv/test/engines/redis-places.test.ts',
  'packages/store-file/test/journal/campaign.test.ts',
  'test/histories/histories.test.ts',
  'examples/quickstart/test/main.test.ts',
  'packages/tmux/test/store/conformance.test.ts',
  'test/outage/outage.test.ts',
  'test/docs-snippets.test.ts',
  'packages/store-keyv/test/engines/postgres.test.ts',
  'test/handover/hand-overs.test.ts',
  'packages/tmux/test/concurrent-text.test.ts',
  'test/scenarios/each-store.test.ts',
  'packages/cli/test/program.test.ts',
  'packages/conformance/test/processes.test.ts',
  'packages/tmux/test/conformance.test.ts',
  'packages/store-file/test/conformance.test.ts',
  'packages/store-keyv/test/conformance/postgres.test.ts',
  'packages/store-keyv/test/engines/postgres-places.test.ts',
  'packages/store-keyv/test/conformance/sqlite.test.ts',
  'packages/store-keyv/test/conformance/etcd.test.ts',
  'examples/drill/test/story.test.ts',
  'packages/store-keyv/test/engines/etcd.test.ts',
  'packages/conformance/test/history-suite.test.ts',
  'packages/tmux/test/ssh.test.ts',
  'packages/store-file/test/power-cut.test.ts',
  'packages/store-keyv/test/engines/etcd-members.test.ts',
  'test/scenarios/two-gateways.test.ts',
  'test/histories/resume/resume.test.ts',
]
const gone = SLOW.filter((path) => !existsSync(join(root, path)))
if (gone.length > 0) throw new Error(`test/support/slow-files-first.ts names files that are gone: ${gone.join(', ')}`)

/** Begins the slow files before all others, and keeps the order of vitest among the others. */
export class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOW.indexOf(relative(root, moduleId))
      return at < 0 ? SLOW.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
