/**
 * Returns a function that makes a value at its first call, and returns the same value from then on. Schemas are made with it:
 * to make all of them at import would take a large part of the time of the import.
 */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
