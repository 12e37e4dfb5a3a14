import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { Readable } from 'node:stream'
import type { RequestBody } from './attempt.ts'

/** A part of a multipart body: bytes, or a file that is streamed. */
export interface Part {
  readonly name: string
  readonly filename: string
  readonly type: string
  readonly content: Uint8Array | { readonly file: string }
}

/** Builds a multipart body (RFC 7578) with a known length that can be sent more than once. */
export function multipart(parts: readonly Part[]): RequestBody {
  const boundary = `cpm-${randomBytes(16).toString('hex')}`
  const heads = parts.map(({ name, filename, type }, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `content-disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
        `content-type: ${type}\r\n\r\n`,
    ),
  )
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  const sizes = parts.map(({ content }) =>
    content instanceof Uint8Array ? content.length : fs.statSync(content.file).size,
  )
  const length = [...sizes, ...heads.map((head) => head.length)].reduce((sum, size) => sum + size, end.length)

  async function* bytes(onProgress: () => void): AsyncGenerator<Uint8Array> {
    for (const [index, { content }] of parts.entries()) {
      yield heads[index] ?? end
      if (content instanceof Uint8Array) yield content
      else {
        for await (const chunk of fs.createReadStream(content.file, { highWaterMark: 256 * 1024 })) {
          onProgress()
          yield chunk as Buffer
        }
      }
      onProgress()
    }
    yield end
  }
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    length,
    open: (onProgress) => Readable.from(bytes(onProgress), { objectMode: false }),
  }
}
