import { checkOutput, codeOf } from '@sessionkeep/contracts'
import {
  type CaptureOptions,
  HostError,
  type OutputChunk,
  type OutputOptions,
  type SendTextOptions,
  type SendTextResult,
  type SessionHost,
} from '@sessionkeep/contracts/host'
import { hostFailure } from '@sessionkeep/contracts/internal'
import type { Session } from '../../sessions/session.ts'
import type { RequireSession, SessionSources } from './require-session.ts'

/** Makes the verbs for terminal I/O. When the host reports that a session is gone, the pool polls the host at once and removes it. */
export function createTerminalIo(host: SessionHost, requireSession: RequireSession, sources: SessionSources) {
  const run = async <T>(workspace: string, call: (session: Session) => Promise<T>): Promise<T> => {
    const session = await requireSession(workspace)
    try {
      return await call(session)
    } catch (error) {
      if (codeOf(error) === 'SESSION_GONE') await sources.discovery.pollHost()
      throw hostFailure(error, workspace)
    }
  }
  /** Passes on an answer of the host if it is what its method promises. */
  const checked = <T>(verb: string, answer: T, isRight: (answer: T) => boolean): T =>
    isRight(answer) ? answer : refuse(verb)
  const refuse = (verb: string): never => {
    throw new HostError('HOST_REFUSED', `${verb}() of the host ${host.name} returned a wrong answer.`)
  }
  const isText = (answer: unknown): boolean => typeof answer === 'string'
  const cannot = (verb: string): never => {
    throw new HostError('HOST_REFUSED', `The host ${host.name} has no ${verb}().`)
  }
  return {
    sendText: (workspace: string, text: string, options?: SendTextOptions): Promise<SendTextResult> =>
      run(workspace, async ({ hosted }) => {
        const result = checked('sendText', await host.sendText(hosted, text, options), isResult)
        if (!options?.confirm || result.confirmed === true) return result
        const message = `The host ${host.name} typed the text, but cannot confirm that it was taken.`
        throw new HostError('HOST_REFUSED', message)
      }),
    capture: (workspace: string, options?: CaptureOptions): Promise<string> =>
      run(workspace, async ({ hosted }) => checked('capture', await host.capture(hosted, options), isText)),
    async *output(workspace: string, options?: OutputOptions): AsyncGenerator<OutputChunk, void, undefined> {
      if (options !== undefined) checkOutput(options)
      const signal = AbortSignal.any([sources.state.signal, ...(options?.signal ? [options.signal] : [])])
      const chunks = await run(workspace, async ({ hosted }) =>
        (host.output ?? cannot('output')).call(host, hosted, { ...options, signal }),
      )
      // A caller that is busy asks for no chunk, and so would leave the reader of the host open.
      const end = () =>
        void (async () => (chunks as Partial<AsyncGenerator>).return?.(undefined))().catch(() => undefined)
      try {
        checked('output', chunks, isIterable)
        signal.addEventListener('abort', end)
        for await (const chunk of chunks) yield chunkOf(chunk) ?? refuse('output')
      } catch (error) {
        throw hostFailure(error, workspace)
      } finally {
        signal.removeEventListener('abort', end)
      }
    },
    sendKeys: (workspace: string, keys: readonly string[]): Promise<void> =>
      run(workspace, async ({ hosted }) => (host.sendKeys ?? cannot('sendKeys')).call(host, hosted, keys)),
    resize: (workspace: string, size: { readonly cols: number; readonly rows: number }): Promise<void> =>
      run(workspace, async ({ hosted }) => (host.resize ?? cannot('resize')).call(host, hosted, size)),
    attachCommand: (workspace: string): Promise<string[]> =>
      run(workspace, async ({ hosted }) => {
        const words = (host.attachCommand ?? cannot('attachCommand')).call(host, hosted)
        return checked('attachCommand', words, (answer) => Array.isArray(answer) && [...answer].every(isText))
      }),
  }
}

export type TerminalIo = ReturnType<typeof createTerminalIo>

function isResult(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false
  const { submitted, foundUnsubmitted } = answer as Readonly<Record<string, unknown>>
  return typeof submitted === 'boolean' && typeof foundUnsubmitted === 'boolean'
}

function isIterable(answer: unknown): boolean {
  return typeof (answer as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function'
}

/** Copies a chunk of output, so that each field is read once. Undefined if the value is no chunk. */
function chunkOf(chunk: unknown): OutputChunk | undefined {
  if (typeof chunk !== 'object' || chunk === null) return undefined
  const { data, lost } = chunk as Readonly<Record<string, unknown>>
  if (!(data instanceof Uint8Array) || !Number.isSafeInteger(lost) || Number(lost) < 0) return undefined
  return { data, lost: Number(lost) }
}
