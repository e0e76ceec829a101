/**
 * Returns a function that makes a value at its first call, and returns the same value from then on. Schemas are made so, because
 * making all of them would be a good part of the time that it takes to import a package.
 */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
