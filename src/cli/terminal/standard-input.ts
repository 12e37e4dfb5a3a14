const MAX_BYTES = 512 * 1024

/** All that standard input holds; of more than a file of values may have, enough to tell that it is too much. */
export async function readStandardInput(input: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > MAX_BYTES) break
  }
  return Buffer.concat(chunks)
}
