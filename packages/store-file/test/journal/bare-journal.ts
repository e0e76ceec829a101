import { currentAttachment, NEVER_ABORTED } from '@sessionkeep/disk'
import { after, always, freshDirectory, recordingLogger } from '../../../disk/test/support/fixture.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { createSegmentReader } from '../../src/journal/read-segments.ts'
import { bytesOfText, writeFiles } from '../../src/write-calls.ts'

/** A journal without the store around it, so that a test says when records are brought to their files. */
export async function bareJournal(directory = freshDirectory()) {
  const logger = recordingLogger()
  const use = { root: directory, directory, owner: undefined, readOnly: false, sync: true, logger, known: new Map() }
  const current = currentAttachment({ ...use, onAttached: () => undefined })
  await current.take(always.signal)
  after(() => current.release())
  const attachment = await current.get(always.signal)
  if (!attachment?.writer) throw new Error('The directory was not attached.')
  const target = { attachment, writer: attachment.writer, sync: true }
  const journal = await openJournal({
    ...{ target, owner: undefined, logger, check: () => current.get(NEVER_ABORTED) },
    reader: createSegmentReader(directory, logger),
    bytesOf: (name, text) => bytesOfText(attachment, name, text),
    writeFiles: (changes, onChanged) => writeFiles(target, changes, onChanged),
  })
  after(() => journal.close())
  const names = Array.from({ length: 150 }, (_, at) => `n${at}`)
  const write = (n: number, some = names) =>
    journal.write(
      some.map((name) => ({ name, text: JSON.stringify({ n }) })),
      NEVER_ABORTED,
    )
  return { directory, handle: attachment.held.handle, journal, logger, names, write }
}
