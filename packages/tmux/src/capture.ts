import { checkCapture } from '@sessionkeep/contracts'
import type { CaptureOptions, SessionRef } from '@sessionkeep/contracts/host'
import type { HostContext } from './host-context.ts'
import { runInPane } from './run-in-pane.ts'

/** Reads the screen of the session's pane and, with `history`, the lines above it. */
export async function capture(context: HostContext, ref: SessionRef, options: CaptureOptions = {}): Promise<string> {
  checkCapture(options)
  const { history = 0, join = false, escapes = false, maxBytes } = options
  const from = history === 'all' ? ' -S -' : history > 0 ? ` -S -${history}` : ''
  const flags = `${from}${join ? ' -J' : ''}${escapes ? ' -e' : ''}`
  const screen = await runInPane(context, ref, {
    run: (pane) => `capture-pane -p${flags} -t '${pane}'`,
    allowExited: true,
  })
  return maxBytes === undefined ? screen : lastBytes(screen, maxBytes)
}

/** Returns at most the last `most` bytes of a text and never cuts a character in two. */
export function lastBytes(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  let start = bytes.length - most
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.subarray(start).toString()
}
