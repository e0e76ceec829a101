/** The JSON of a value with the keys of all objects sorted, since a store may return keys in another order than it was given. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = value as Readonly<Record<string, unknown>>
  const keys = Object.keys(entries).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(entries[key])}`).join(',')}}`
}
