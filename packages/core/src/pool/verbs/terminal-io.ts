import { checkOutput, checkTyping, codeOf } from '@sessionkeep/contracts'
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
  const { signal } = sources.state
  /** Aborted when the pool is stopped, or by the caller. */
  const signalOf = (given?: AbortSignal): AbortSignal => (given ? AbortSignal.any([signal, given]) : signal)
  const failure = async (error: unknown, workspace: string): Promise<unknown> => {
    if (codeOf(error) === 'SESSION_GONE') await sources.discovery.pollHost()
    return hostFailure(error, workspace)
  }
  const run = async <T>(workspace: string, call: (session: Session) => Promise<T>, until = signal): Promise<T> => {
    const session = await requireSession(workspace)
    until.throwIfAborted()
    try {
      return await call(session)
    } catch (error) {
      throw until.aborted && error === until.reason ? error : await failure(error, workspace)
    }
  }
  const refuse = (why: string): never => {
    throw new HostError('HOST_REFUSED', `The host ${host.name} ${why}.`)
  }
  const cannot = (verb: string): never => refuse(`has no ${verb}()`)
  const wrong = (verb: string): never => refuse(`returned a wrong answer of ${verb}()`)
  /** Passes on an answer of the host if it is what its method promises. */
  const checked = <T>(verb: string, answer: T, isRight: (answer: T) => boolean): T =>
    isRight(answer) ? answer : wrong(verb)
  const isText = (answer: unknown): boolean => typeof answer === 'string'
  return {
    async sendText(workspace: string, text: string, options: SendTextOptions = {}): Promise<SendTextResult> {
      checkTyping(text, options)
      const until = signalOf(options.signal)
      const type = async ({ hosted }: Session): Promise<SendTextResult> => {
        const result = checked('sendText', await host.sendText(hosted, text, { ...options, signal: until }), isResult)
        if (!options.confirm || result.confirmed === true) return result
        return refuse('typed the text, but cannot confirm that it was taken')
      }
      return run(workspace, type, until)
    },
    capture: (workspace: string, options?: CaptureOptions): Promise<string> =>
      run(workspace, async ({ hosted }) => checked('capture', await host.capture(hosted, options), isText)),
    async *output(workspace: string, options: OutputOptions = {}): AsyncGenerator<OutputChunk, void, undefined> {
      checkOutput(options)
      const until = signalOf(options.signal)
      const { hosted } = await requireSession(workspace)
      if (until.aborted) return
      let reader: Partial<AsyncGenerator> | undefined
      // A caller that is busy asks for no chunk, and so would leave the reader of the host open.
      const end = () => void (async () => reader?.return?.(undefined))().catch(() => undefined)
      until.addEventListener('abort', end)
      try {
        const chunks = (host.output ?? cannot('output')).call(host, hosted, { ...options, signal: until })
        reader = chunks as Partial<AsyncGenerator>
        for await (const chunk of checked('output', chunks, isIterable)) yield chunkOf(chunk) ?? wrong('output')
      } catch (error) {
        if (!until.aborted) throw await failure(error, workspace)
      } finally {
        until.removeEventListener('abort', end)
      }
    },
    sendKeys: (workspace: string, keys: readonly string[]): Promise<void> =>
      run(workspace, async ({ hosted }) => (host.sendKeys ?? cannot('sendKeys')).call(host, hosted, keys, { signal })),
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

const isIterable = (answer: unknown): boolean =>
  typeof (answer as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function'

/** Copies a chunk of output, so that each field is read once. Undefined if the value is no chunk. */
function chunkOf(chunk: unknown): OutputChunk | undefined {
  if (typeof chunk !== 'object' || chunk === null) return undefined
  const { data, lost } = chunk as Readonly<Record<string, unknown>>
  if (!(data instanceof Uint8Array) || !Number.isSafeInteger(lost) || Number(lost) < 0) return undefined
  return { data, lost: Number(lost) }
}
