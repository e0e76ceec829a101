/** One place at which two JSON values differ. A side that lacks it is undefined. */
export interface Difference {
  /** The path of the field, such as `attributes.agent.id`; empty for the value itself. */
  readonly field: string
  readonly from?: unknown
  readonly to?: unknown
}

/** Compares two JSON values field by field. The order of keys does not matter. */
export function differences(from: unknown, to: unknown, field = ''): Difference[] {
  if (from === to) return []
  if (!isObject(from) || !isObject(to) || Array.isArray(from) !== Array.isArray(to)) return [{ field, from, to }]
  const keys = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...keys].flatMap((key) => {
    const path = field === '' ? key : `${field}.${key}`
    const [a, b] = [own(from, key), own(to, key)]
    if (a === undefined || b === undefined)
      return a === b ? [] : [{ field: path, ...given('from', a), ...given('to', b) }]
    return differences(a, b, path)
  })
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const own = (of: object, key: string): unknown => (Object.hasOwn(of, key) ? Reflect.get(of, key) : undefined)
const given = (side: 'from' | 'to', value: unknown) => (value === undefined ? {} : { [side]: value })
