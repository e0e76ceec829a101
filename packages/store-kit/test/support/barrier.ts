/** Makes a promise that the test resolves by calling `open()`. */
export function createBarrier() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
