/** What a value takes besides its text, as a number of characters. */
const VALUE_CHARACTERS = 8

/** About how many characters of JSON a value has. Strings are not looked at, so that a large record costs little. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length + VALUE_CHARACTERS
  if (typeof value !== 'object' || value === null) return VALUE_CHARACTERS
  let weight = VALUE_CHARACTERS
  if (Array.isArray(value)) for (const item of value) weight += weightOf(item)
  else for (const [name, member] of Object.entries(value)) weight += name.length + weightOf(member)
  return weight
}
