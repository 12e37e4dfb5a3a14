/** One part of a multipart body. The next part arrives only after the contents of this one are read. */
export interface Part {
  readonly name: string
  readonly contents: AsyncIterable<Buffer>
}
