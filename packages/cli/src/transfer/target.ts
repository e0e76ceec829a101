import { type Opening, open } from '../stores/open.ts'
import type { StoreChoice } from '../stores/store-choice.ts'
import { openWriter } from '../stores/writer.ts'
import type { Target } from './ends.ts'

/** Opens the target of a transfer, runs the task, and closes the target. A dry run opens it only for reading. */
export async function withTarget<T>(
  choice: StoreChoice,
  opening: Opening,
  isDryRun: boolean,
  task: (target: Target) => Promise<T>,
): Promise<T> {
  if (isDryRun) {
    const opened = await open(choice, opening, { readOnly: true })
    return await task(opened).finally(() => opened.store.close())
  }
  const writer = await openWriter(choice, opening)
  return await task(writer).finally(() => writer.close())
}
