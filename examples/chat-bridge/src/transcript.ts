import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** One line of a transcript. Coding agents keep such files too. */
export interface Entry {
  readonly role: 'user' | 'agent'
  readonly text: string
}

/** The file of a conversation. */
export const transcriptOf = (directory: string, conversation: string): string =>
  join(directory, `${conversation}.jsonl`)

/** The entries of a conversation, without a line that is being written; none if there is no such file yet. */
export function readTranscript(file: string): Entry[] {
  try {
    const text = readFileSync(file, 'utf8')
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    return lines.filter(Boolean).map((line) => JSON.parse(line) as Entry)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Waits for the answer of the agent after the first `known` entries. */
export async function nextAnswer(file: string, known: number, signal: AbortSignal): Promise<string> {
  for (;;) {
    const answer = readTranscript(file)
      .slice(known)
      .find(({ role }) => role === 'agent')
    if (answer) return answer.text
    await sleep(50, undefined, { signal })
  }
}
