import { createRequire } from 'node:module'
import { blake3 as portable } from '@noble/hashes/blake3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Blake3 } from '../schema/digest.ts'
import { processEnvironment } from './environment-variables.ts'

/** An incremental BLAKE3 hash: any number of `update` calls, then one `digest`. */
export interface Blake3Hasher {
  update(bytes: Uint8Array): void
  digest(): Blake3
}

interface NativeHasher {
  update(bytes: Uint8Array): NativeHasher
  digest(format: 'hex'): string
}
interface NativeModule {
  Blake3Hasher: new () => NativeHasher
  blake3: (bytes: Uint8Array) => Buffer
}

const native = loadNative()

/** The implementation in use. The native one is 18 to 160 times as fast; the portable one is always available. */
export const blake3Implementation: 'native' | 'portable' = native ? 'native' : 'portable'

export function createBlake3(): Blake3Hasher {
  return native ? createNativeBlake3(native) : createPortableBlake3()
}

/** Hashes bytes, or a string as UTF-8. For small inputs, this is several times as fast as an incremental hash. */
export function blake3(data: Uint8Array | string): Blake3 {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  if (native) return `blake3:${native.blake3(bytes).toString('hex')}` as Blake3
  const hasher = createPortableBlake3()
  hasher.update(bytes)
  return hasher.digest()
}

/** Returns the 32 bytes of a digest, for hashing digests of digests. */
export function digestBytes(digest: Blake3): Uint8Array {
  return Buffer.from(digest.slice('blake3:'.length), 'hex')
}

export function createPortableBlake3(): Blake3Hasher {
  const hasher = portable.create()
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => `blake3:${bytesToHex(hasher.digest())}` as Blake3,
  }
}

function createNativeBlake3({ Blake3Hasher }: NativeModule): Blake3Hasher {
  const hasher = new Blake3Hasher()
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => `blake3:${hasher.digest('hex')}` as Blake3,
  }
}

/** Loads the optional native dependency, which is absent on platforms that it has no binary for. */
function loadNative(): NativeModule | undefined {
  if (processEnvironment.get('CPM_PORTABLE_HASH') === '1') return undefined
  try {
    return createRequire(import.meta.url)('@napi-rs/blake-hash') as NativeModule
  } catch {
    return undefined
  }
}
