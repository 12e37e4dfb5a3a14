import type { FastifyRequest } from 'fastify'
import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import { CpmError } from '../../src/core/errors.ts'
import { MOST_PACKAGES_AT_ONCE } from '../../src/schema/routes/publishing.ts'
import { DEFAULT_LIMITS } from '../../src/package/limits.ts'
import { MAX_OWNERS_LINE_BYTES } from './limits.ts'
import type { Part } from '../services/parts.ts'

/** Three parts per package, plus one of each kind so that a client that sends too many gets a specific error. */
export const MULTIPART_LIMITS = {
  fieldNameSize: 32,
  fieldSize: MAX_OWNERS_LINE_BYTES + 1,
  fields: 2 * MOST_PACKAGES_AT_ONCE + 1,
  files: 3 * MOST_PACKAGES_AT_ONCE + 1,
  parts: 3 * MOST_PACKAGES_AT_ONCE + 1,
  fileSize: DEFAULT_LIMITS.packedBytes + 1,
  headerPairs: 16,
}

/** Yields the parts of a multipart request as they arrive. @throws CpmError REQUEST_INVALID */
export async function* partsOf(request: FastifyRequest): AsyncGenerator<Part> {
  if (!request.isMultipart()) throw new CpmError('REQUEST_INVALID', 'the body must be multipart/form-data')
  const parts = request.parts()
  for (;;) {
    const next = await telling(parts.next())
    if (next.done === true) return
    yield { name: next.value.fieldname, contents: contentsOf(next.value) }
  }
}

async function* contentsOf(part: MultipartFile | MultipartValue): AsyncGenerator<Buffer> {
  if (part.type === 'field') {
    yield Buffer.from(typeof part.value === 'string' ? part.value : '')
    return
  }
  const chunks = part.file[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      const next = await telling(chunks.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    part.file.destroy()
  }
}

/** Reports errors of the multipart parser as errors of the client. */
async function telling<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 413) throw error
    throw new CpmError('REQUEST_INVALID', 'the body is incomplete or not valid multipart/form-data', {
      cause: error,
    })
  }
}
