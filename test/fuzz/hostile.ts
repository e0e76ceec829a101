const refuse = (): never => {
  throw new Error('hands off')
}

/** What a marked text stands for: values that JSON cannot express, and that a store of somebody else may return. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  '!bigint': () => 10n,
  '!undefined': () => undefined,
  '!function': () => refuse,
  '!nan': () => Number.NaN,
  '!date': () => new Date(0),
  '!getter': () => Object.defineProperty({}, 'status', { enumerable: true, get: refuse }),
  '!proxy': () => new Proxy({}, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse }),
  '!deep': () => Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 1),
  '!circular': () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    return circular
  },
}

/** Parses a JSON text whose texts that begin with `!` stand for values that are no JSON. Undefined if it is not JSON. */
export function hostileValue(text: string): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' && VALUES[value] ? VALUES[value]() : value,
    )
  } catch {
    // Not JSON, or so deep that the reviver overflows the stack.
    return undefined
  }
}
