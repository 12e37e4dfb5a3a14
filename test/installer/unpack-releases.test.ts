import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { CpmError } from '../../src/core/errors.ts'
import { untilAborted } from '../../src/core/concurrency.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { ArtifactSource, KnownNames } from '../../src/core/ports.ts'
import type { ProvenRelease } from '../../src/installer/prove/prove-releases.ts'
import { Store } from '../../src/installer/store.ts'
import { unpackReleases } from '../../src/installer/unpack-releases.ts'

test('the first archive that fails ends the unpacking of the others, and is the one reported', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-unpack-'))
  const digest = blake3('')
  const release = (name: string, size: number) => {
    const contents = { tree: digest, files: 1, size, tar: { size, blake3: digest } }
    return { name, version: '1.0.0', promised: { archive: { size, blake3: digest }, contents } } as unknown as ProvenRelease // prettier-ignore
  }
  let begun: () => void = () => undefined
  const isUnpacking = new Promise<void>((resolve) => (begun = resolve))
  const pool = {
    threads: 2,
    parallel: 4,
    run: async (_task: unknown, _input: unknown, { signal }: { signal: AbortSignal }) => {
      begun()
      await untilAborted(signal)
      signal.throwIfAborted()
    },
  } as unknown as Pool
  const source = {
    placeOf: () => 'here',
    archive: async ({ name }: { name: string }) => {
      if (name === 'large') return { path: '', release: () => undefined }
      await isUnpacking
      throw new CpmError('DIGEST_MISMATCH', 'the archive is damaged')
    },
  } as unknown as ArtifactSource & KnownNames
  const options = { pool, source, store: new Store(root), emit: () => undefined, lockTimeout: 1000 }
  await expect(unpackReleases([release('large', 2), release('bad', 1)], options)).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: 'bad@1.0.0 from here: the archive is damaged',
  })
  fs.rmSync(root, { recursive: true })
})
