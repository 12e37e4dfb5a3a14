import fs from 'node:fs'
import path from 'node:path'
import type { PackagePredicate } from '../../src/schema/envelope.ts'
import { MOST_PACKAGES_AT_ONCE } from '../../src/schema/routes/publishing.ts'
import { CpmError, fileError } from '../../src/core/errors.ts'
import type { Upload } from '../../src/core/ports.ts'
import { MAX_ENVELOPE_BYTES, readEnvelope } from '../../src/package/signed-envelope.ts'
import { DEFAULT_LIMITS, tooLarge } from '../../src/package/limits.ts'
import { MAX_OWNERS_LINE_BYTES, MAX_UPLOAD_BYTES } from '../http/limits.ts'
import type { Part } from './parts.ts'

/** The parts of each package, in order (src/schema/routes/publishing.ts). */
const ORDER = ['envelope', 'owners', 'archive'] as const

/**
 * Receives packages into a folder. The envelope comes first and says the name of the package and the size of its
 * archive, so that nothing is written for a package that the sender may not publish, and no archive exceeds its size.
 * @param admit throws for a package that the sender may not publish
 */
export async function receiveUploads(
  parts: AsyncIterable<Part>,
  folder: string,
  admit: (predicate: PackagePredicate) => void,
): Promise<Upload[]> {
  const uploads: Upload[] = []
  let promised = 0
  const take = partsInOrder(parts)
  for (let part = await take('envelope'); part; part = await take('envelope')) {
    if (uploads.length === MOST_PACKAGES_AT_ONCE)
      throw new CpmError('REQUEST_TOO_LARGE', `a request can publish at most ${MOST_PACKAGES_AT_ONCE} packages`)
    const number = uploads.length
    const envelope = await readPart(part, MAX_ENVELOPE_BYTES, `the envelope of package ${number + 1}`)
    const { predicate } = readEnvelope(envelope, `package ${number + 1}`).statement
    const { name, version } = predicate
    admit(predicate)
    const size = archiveSize(predicate)
    promised += size
    if (promised > MAX_UPLOAD_BYTES)
      throw new CpmError('REQUEST_TOO_LARGE', `the archives are larger than ${MAX_UPLOAD_BYTES} bytes in total`)
    const owners = await readPart(await need(take, 'owners', name), MAX_OWNERS_LINE_BYTES, `the owners of ${name}`)
    const file = `${number}.cpm`
    await writePart(await need(take, 'archive', name), path.join(folder, file), size, `${name}@${version}`)
    uploads.push({ name, version, file, envelope, firstOwners: owners.toString('utf8').replace(/\n$/, '') })
  }
  if (uploads.length === 0) throw new CpmError('REQUEST_INVALID', 'the request contains no package')
  return uploads
}

type Take = (wanted: (typeof ORDER)[number]) => Promise<Part | undefined>

/** Returns a function that takes the next part. @throws CpmError REQUEST_INVALID if it is not the expected one */
function partsInOrder(parts: AsyncIterable<Part>): Take {
  const iterator = parts[Symbol.asyncIterator]()
  return async (wanted) => {
    const next = await iterator.next()
    if (next.done === true) return undefined
    if (next.value.name === wanted) return next.value
    throw new CpmError(
      'REQUEST_INVALID',
      `expected the part ${wanted}, got ${JSON.stringify(next.value.name)}: the parts of each package are ${ORDER.join(', ')}`,
    )
  }
}

async function need(take: Take, wanted: (typeof ORDER)[number], name: string): Promise<Part> {
  const part = await take(wanted)
  if (part) return part
  throw new CpmError('REQUEST_INVALID', `the request ends before the ${wanted} of ${name}`)
}

function archiveSize({ name, version, archives }: PackagePredicate): number {
  const size = archives[0]?.size ?? 0
  if (size > DEFAULT_LIMITS.packedBytes)
    throw tooLarge(
      `the archive of ${name}@${version} is ${size} bytes, over the limit of ${DEFAULT_LIMITS.packedBytes}`,
    )
  return size
}

async function readPart({ contents }: Part, most: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of contents) {
    size += chunk.length
    if (size > most) throw new CpmError('REQUEST_TOO_LARGE', `${what} is larger than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Writes a part to a new file. Stops as soon as it is too long. */
async function writePart({ contents }: Part, file: string, promised: number, what: string): Promise<void> {
  const fd = onDisk(file, () => fs.openSync(file, 'wx'))
  let size = 0
  try {
    for await (const chunk of contents) {
      size += chunk.length
      if (size > promised)
        throw new CpmError('DIGEST_MISMATCH', `the archive of ${what} is longer than its envelope says`)
      // A chunk is at most 64 KiB and goes to the system's cache: passing it to a thread would cost more.
      onDisk(file, () => fs.writeSync(fd, chunk))
    }
  } finally {
    fs.closeSync(fd)
  }
}

function onDisk<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}
