import { contentOf } from './checkpoint.ts'
import type { Mark } from './line.ts'
import type { BytesOf, Hot } from './overlay.ts'

/**
 * Remembers which records are being brought to their files. Once that has ended, well or with an error, the known files remember
 * the marks that the path may have.
 */
export function createPublishing(bytesOf: BytesOf) {
  const publishing = new Map<string, Mark[]>()
  const marksOf = (name: string): Mark[] => publishing.get(name) ?? []

  return {
    /** The marks that the file of a name may have: one of `marks`, or one that is being brought to it. */
    wasOf(name: string, marks: readonly Mark[]): readonly Mark[] {
      const more = publishing.get(name)
      return more ? [...new Set([...marks, ...more])] : marks
    },
    /** Notes that the record is about to be brought to its file. */
    begin(hot: Hot): void {
      publishing.set(hot.name, [...marksOf(hot.name), contentOf(hot, bytesOf).mark])
    },
    /** Notes that the record is in its file, or that it could not be brought there. Called once for each call of `begin()`. */
    end(hot: Hot): void {
      const marks = marksOf(hot.name)
      const left = marks.toSpliced(marks.indexOf(contentOf(hot, bytesOf).mark), 1)
      if (left.length > 0) publishing.set(hot.name, left)
      else publishing.delete(hot.name)
    },
  }
}
