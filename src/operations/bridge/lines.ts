/**
 * Splits bytes into lines.
 * @param mostBytes a longer line is not kept
 * @returns each line, without its end; undefined for one that is too long. Empty lines are left out
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array | string>,
  mostBytes: number,
): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = []
  let size = 0
  const end = (): string | undefined => {
    const line = size > mostBytes ? undefined : Buffer.concat(parts).toString('utf8')
    parts = []
    size = 0
    return line
  }
  const isEmpty = (line: string | undefined) => line?.trim() === ''
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk)
    for (let newline = rest.indexOf(0x0a); newline >= 0; newline = rest.indexOf(0x0a)) {
      size += newline
      if (size <= mostBytes) parts.push(rest.subarray(0, newline))
      const line = end()
      if (!isEmpty(line)) yield line
      rest = rest.subarray(newline + 1)
    }
    size += rest.length
    // What is too long is counted, but not kept.
    if (size <= mostBytes) parts.push(rest)
    else parts = []
  }
  const last = end()
  if (!isEmpty(last)) yield last
}
