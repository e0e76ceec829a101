/** What each record may hold: the last acknowledged value, or one that was attempted since. Undefined: no record. */
export function createExpectation() {
  const allowed = new Map()
  const valuesOf = (name) => allowed.get(name) ?? [undefined]
  return {
    /** Notes that these values are about to be written; undefined for a removal. */
    attempt(values) {
      for (const [name, value] of Object.entries(values)) allowed.set(name, [...valuesOf(name), value])
    },
    /** Notes that they were acknowledged. */
    acknowledge(values) {
      for (const [name, value] of Object.entries(values)) allowed.set(name, [value])
    },
    /** The names with a value that they may not have. */
    wrong(found) {
      const names = new Set([...allowed.keys(), ...found.keys()])
      return [...names].flatMap((name) => {
        const value = found.get(name)
        return valuesOf(name).includes(value) ? [] : [{ name, found: value ?? null, allowed: valuesOf(name) }]
      })
    },
    /** Notes what was found, when that is known to be final. */
    settle(found) {
      for (const name of new Set([...allowed.keys(), ...found.keys()])) allowed.set(name, [found.get(name)])
    },
  }
}
