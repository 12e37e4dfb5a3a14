/** One part of a multipart body; the next one comes only when this one's contents were read. */
export interface Part {
  readonly name: string
  readonly contents: AsyncIterable<Buffer>
}
