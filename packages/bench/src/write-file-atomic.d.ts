declare module 'write-file-atomic' {
  function writeFileAtomic(path: string, text: string, options?: { mode?: number }): Promise<void>
  export = writeFileAtomic
}
