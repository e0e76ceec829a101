/** `text`, with what stands before the `@` of a URI masked: a connection string put where a store's name belongs. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\/\/)[^/@\s]*@/g, '$1***@')
}
