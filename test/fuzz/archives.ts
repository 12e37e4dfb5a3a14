import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import { DEFAULT_LIMITS } from '../../src/package/limits.ts'
import { proveTree } from '../../src/package/prove.ts'
import inspect from '../../src/package/tasks/inspect.ts'
import unpack from '../../src/package/tasks/unpack.ts'

type Inspected = Awaited<ReturnType<typeof inspect>>

/**
 * Reads an archive as a registry does when it is published, and as a client does when it installs it with an envelope
 * that promises what the archive seems to contain. Both must accept it, or refuse it with the same code, and write
 * nothing next to the target.
 */
export async function readArchiveBothWays(input: Buffer, scratch: string): Promise<void> {
  const archive = path.join(scratch, 'archive.cpm')
  fs.writeFileSync(archive, input)
  const inspected = await outcome(() => Promise.resolve(inspect({ archive, limits: DEFAULT_LIMITS })))
  const contents = 'value' in inspected ? inspected.value.contents : seeming(input)
  const place = path.join(scratch, 'place')
  const target = path.join(place, 'target')
  fs.mkdirSync(place)
  try {
    const promised = { archive: { size: input.length, blake3: blake3(input) }, contents }
    const unpacked = await outcome(() => Promise.resolve(unpack({ archive, target, limits: DEFAULT_LIMITS, promised })))
    if (codeOf(inspected) !== codeOf(unpacked)) {
      throw new Error(`inspecting gives ${codeOf(inspected)}, unpacking ${codeOf(unpacked)}`)
    }
    if (fs.readdirSync(place).length !== 1) throw new Error('something was written outside of the target')
    if ('value' in inspected) requireSame(inspected.value, target)
  } finally {
    fs.rmSync(place, { recursive: true, force: true })
  }
}

function requireSame({ contents: { tree, table } }: Inspected, target: string): void {
  const proof = proveTree(target, tree, table)
  if (!proof.proven) throw new Error('what was unpacked is not what was inspected')
}

type Outcome<T> = { value: T } | { code: string }

const codeOf = (outcome: Outcome<unknown>) => ('code' in outcome ? outcome.code : 'ok')

async function outcome<T>(read: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await read() }
  } catch (error) {
    if (error instanceof CpmError && error.code !== 'INTERNAL') return { code: error.code }
    throw error
  }
}

/** What an author would promise about an archive that can't be read. */
function seeming(input: Buffer) {
  return { tree: blake3('tree'), files: 1, size: 0, tar: tarOf(input) }
}

function tarOf(input: Buffer) {
  try {
    const bytes = gunzipSync(input, { maxOutputLength: 64 * 1024 * 1024 })
    return { size: bytes.length, blake3: blake3(bytes) }
  } catch {
    return { size: 1024 * 1024, blake3: blake3('unknown') }
  }
}
