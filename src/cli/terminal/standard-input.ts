const MAX_BYTES = 512 * 1024

/**
 * Reads standard input. Stops after the most that a values file may have, which is enough to detect that it is too
 * large.
 */
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
