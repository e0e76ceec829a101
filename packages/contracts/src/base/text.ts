/** Whether a text has no lone surrogate, so that it is the same after it was written as UTF-8 and read back. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text)
}
