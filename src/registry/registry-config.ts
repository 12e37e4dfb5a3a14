import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { RegistryConfig, type RegistryId } from '../schema/registry-config.ts'
import type { ErrorCode } from '../schema/errors.ts'
import type { Emit } from '../schema/events.ts'
import type { Blobs } from '../core/ports.ts'
import { askTwice } from '../core/ask-twice.ts'
import { isThere, writeFileDurable } from '../core/atomic-file.ts'
import { parseJson, readableJson } from '../core/canonical-json.ts'
import { placeOnce } from '../core/lock-mark.ts'
import { createStaging, removeStaging } from '../core/staging.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'
import { CONFIG_KEY, stagingFolder } from './layout.ts'

const MAX_CONFIG_BYTES = 64 * 1024
const UNREADABLE = new Set<ErrorCode>(['REGISTRY_INVALID'])

/** Reads a registry's config.json. @throws CpmError REGISTRY_INVALID if it is missing, invalid or of a newer format */
export async function readRegistryConfig(blobs: Blobs): Promise<RegistryConfig> {
  return await askTwice(UNREADABLE, () => readOnce(blobs))
}

async function readOnce(blobs: Blobs): Promise<RegistryConfig> {
  const bytes = await blobs.get(CONFIG_KEY, { maxBytes: MAX_CONFIG_BYTES })
  if (!bytes) {
    throw new CpmError('REGISTRY_INVALID', `${blobs.label} is not a registry: it has no ${CONFIG_KEY}`, {
      hint: "check the registry's URL or folder, or create one: cpm serve --root <folder>",
    })
  }
  const result = RegistryConfig.safeParse(parseJson(bytes, 'REGISTRY_INVALID', `${blobs.label}/${CONFIG_KEY}`))
  if (result.success) return result.data
  throw new CpmError('REGISTRY_INVALID', `${blobs.label}/${CONFIG_KEY} is not one this cpm understands`, {
    cause: result.error,
  })
}

/** Creates a folder registry with its own id, unless there is one. */
export function createFolderRegistry(root: string, name: string, emit: Emit): void {
  const file = path.join(root, CONFIG_KEY)
  if (isThere(file)) return
  const id = randomBytes(16).toString('hex') as RegistryId
  const config: RegistryConfig = { schemaVersion: 1, id, name, api: null }
  const staging = createStaging(stagingFolder(root))
  const temporary = path.join(staging, CONFIG_KEY)
  try {
    writeFileDurable(temporary, readableJson(config))
    // If two processes create the registry at once, only one sets its id.
    placeOnce(temporary, file)
    emit({ type: 'registry-created', id, folder: root })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, 'create the registry in', root)
  } finally {
    removeStaging(staging)
  }
}
