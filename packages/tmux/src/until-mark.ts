/**
 * Makes a function that passes on a stream of bytes up to a mark, and nothing after it. Bytes that may be the beginning
 * of the mark wait for the next piece.
 */
export function untilMark(mark: string, push: (data: Uint8Array) => void): (data: Uint8Array) => void {
  const wanted = Buffer.from(mark)
  let held = Buffer.alloc(0)
  let isOver = false
  return (data) => {
    if (isOver) return
    const bytes = Buffer.concat([held, data])
    const at = bytes.indexOf(wanted)
    isOver = at >= 0
    const end = isOver ? at : bytes.length - beginningAtEnd(bytes, wanted)
    held = bytes.subarray(end)
    if (end > 0) push(bytes.subarray(0, end))
  }
}

/** How many of the last bytes are the first ones of the mark. */
function beginningAtEnd(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length
  }
  return 0
}
