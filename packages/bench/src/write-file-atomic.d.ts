declare module 'write-file-atomic' {
  export default function writeFileAtomic(path: string, text: string, options?: { mode?: number }): Promise<void>
}
