/** One place at which two JSON values differ. A side that lacks it is undefined. */
export interface Difference {
  /** The names of the fields that lead to it, such as `attributes` and `agent`; none for the value itself. */
  readonly path: readonly string[]
  readonly from?: unknown
  readonly to?: unknown
}

/** Compares two JSON values field by field. The order of keys does not matter. */
export function differences(from: unknown, to: unknown, path: readonly string[] = []): Difference[] {
  if (from === to) return []
  if (!isObject(from) || !isObject(to) || Array.isArray(from) !== Array.isArray(to)) return [{ path, from, to }]
  const keys = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...keys].flatMap((key) => {
    const below = [...path, key]
    const [a, b] = [own(from, key), own(to, key)]
    if (a === undefined || b === undefined)
      return a === b ? [] : [{ path: below, ...given('from', a), ...given('to', b) }]
    return differences(a, b, below)
  })
}

/** What a JSON value has at the end of a path; undefined if it has nothing there. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((found, key) => (isObject(found) ? own(found, key) : undefined), value)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const own = (of: object, key: string): unknown => (Object.hasOwn(of, key) ? Reflect.get(of, key) : undefined)
const given = (side: 'from' | 'to', value: unknown) => (value === undefined ? {} : { [side]: value })
