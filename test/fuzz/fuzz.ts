import { processorMs } from '../../packages/conformance/src/frame/processor-time.ts'
import { randomOf } from './random.ts'
import type { FuzzTarget } from './target.ts'

/** The longest time that one input may take the processor, ms. */
const STALL_BUDGET_MS = 100

/** An input that was read wrongly. */
interface Finding {
  readonly target: string
  /** The seed that makes the input; undefined for an input of the corpus. */
  readonly seed: number | undefined
  readonly input: string
  readonly fault: string
}

export interface FuzzResult {
  readonly target: string
  readonly runs: number
  readonly longestMs: number
  readonly findings: readonly Finding[]
}

export interface FuzzOptions {
  readonly seed: number
  /** The number of random inputs. @defaultValue no limit */
  readonly runs?: number
  /** How long to go on, seconds. @defaultValue no limit */
  readonly seconds?: number
  /** The number of findings after which a target is given up. @defaultValue 5 */
  readonly maxFindings?: number
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype]
const prototypes = (): string => JSON.stringify(PROTOTYPES.map((one) => Reflect.ownKeys(one).map(String)))

/** Gives a target the inputs of its corpus, and then random ones, each of which a seed makes again. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, runs = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, maxFindings = 5 } = options
  const findings: Finding[] = []
  const before = prototypes()
  const until = Date.now() + seconds * 1000
  let longestMs = 0
  let done = 0
  const tryOne = async (input: string, own?: number): Promise<void> => {
    const fault = await faultOf(target, input)
    longestMs = Math.max(longestMs, fault.tookMs)
    const message = fault.message ?? (prototypes() === before ? undefined : 'a prototype was changed')
    if (message !== undefined)
      findings.push({ target: target.name, seed: own, input: shortened(input), fault: message })
    done += 1
  }
  for (const input of target.corpus) await tryOne(input)
  for (let at = 0; at < runs && Date.now() < until && findings.length < maxFindings; at += 1) {
    await tryOne(target.input(randomOf(seed + at)), seed + at)
    // Timers and signals get their turn.
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { target: target.name, runs: done, longestMs: Math.round(longestMs), findings }
}

/** The seed makes the whole input again. */
function shortened(input: string): string {
  return input.length > 500 ? `${input.slice(0, 500)}… (${input.length} characters)` : input
}

interface Outcome {
  readonly message?: string
  readonly tookMs: number
}

async function faultOf(target: FuzzTarget, input: string): Promise<Outcome> {
  const attempt = async (): Promise<Outcome> => {
    const startedAt = processorMs()
    try {
      await target.check(input)
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error), tookMs: processorMs() - startedAt }
    }
    return { tookMs: processorMs() - startedAt }
  }
  const first = await attempt()
  if (first.message !== undefined || first.tookMs <= STALL_BUDGET_MS) return first
  // Compiling and collecting garbage take the processor too, but not three times for the same input.
  const again = [first, await attempt(), await attempt()]
  const tookMs = Math.min(...again.map((one) => one.tookMs))
  return tookMs <= STALL_BUDGET_MS ? { tookMs } : { message: `took ${Math.round(tookMs)} ms of the processor`, tookMs }
}
