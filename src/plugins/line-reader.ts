import type { Readable } from 'node:stream'

interface LineListeners {
  /** called with each line, and with what is left at the end */
  line: (text: string) => void
  /** called when a line is longer than allowed; without it, such a line is passed on in parts */
  tooLong?: () => void
}

/** Reads the lines of a stream without ever holding more than `most` bytes. */
export function readLines(stream: Readable, most: number, { line, tooLong }: LineListeners): void {
  let parts: Buffer[] = []
  let size = 0
  const flush = () => {
    if (size > 0) line(Buffer.concat(parts).toString())
    parts = []
    size = 0
  }
  stream.on('error', () => undefined)
  stream.on('end', flush)
  stream.on('data', (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end))
      size += end
      flush()
      rest = rest.subarray(end + 1)
    }
    parts.push(rest)
    size += rest.length
    if (size <= most) return
    if (tooLong) tooLong()
    else flush()
  })
}
