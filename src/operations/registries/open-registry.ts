import path from 'node:path'
import type { CpmEvent } from '../../schema/events.ts'
import type { RegistryConfig } from '../../schema/registry-config.ts'
import { isThere } from '../../core/atomic-file.ts'
import type { Settings } from '../../core/config.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import type { Registry } from '../../core/ports.ts'
import type { StagingArea } from '../../core/staging.ts'
import { openFolderRegistry } from '../../registry/folder-registry.ts'
import { IndexMemory } from '../../registry/index-memory.ts'
import { createFolderRegistry } from '../../registry/registry-config.ts'
import type { Session } from '../session.ts'
import { KnownAddresses } from './known-addresses.ts'
import type { RegistryAddress } from './registry-choice.ts'

export interface OpenParts {
  context: Session
  settings: Settings
  /** for temporary files in the cache */
  staging: StagingArea
  lockTimeout: number
  /** don't contact other machines */
  offline: boolean
  /** create this machine's registry if it does not exist; for commands that write */
  make?: boolean
}

/**
 * Opens the registry at an address: a folder, a server, or the cached part of a server.
 * @returns undefined for this machine's registry before the first publication, because reading does not create it
 */
export async function openRegistry(address: RegistryAddress, parts: OpenParts): Promise<Registry | undefined> {
  const { context, settings, staging, lockTimeout, offline, make = false } = parts
  const { emit, pool, now } = context
  const { place, kind } = address
  const { cache } = context.home(settings)
  if (kind === 'http') return offline ? await openRemembered(place, parts) : await openServer(address, parts)
  if (kind === 'embedded' && make) createFolderRegistry(place, 'embedded', emit)
  refuseMissing(address, settings)
  if (!isThere(place)) return undefined
  const memoryFor = ({ id }: RegistryConfig) => new IndexMemory(path.join(cache, id), staging, { keepBytes: false })
  return await openFolderRegistry(place, { pool, lockTimeout, emit, now, memoryFor })
}

/** @throws CpmError REGISTRY_INVALID for a folder that does not exist, unless it is this machine's own registry */
export function refuseMissing({ place, kind }: RegistryAddress, settings: Settings): void {
  if (kind === 'folder' && !isThere(place)) throw notNamed(place, settings)
}

/** Returns the error for a missing folder, which may also be a misspelled name from the settings. */
function notNamed(place: string, { registriesOf: { user, project } }: Settings): CpmError {
  const names = Object.keys({ ...user.registries, ...project.registries })
  const [name, fact] = [path.basename(place), `there is no registry at ${place}: the folder does not exist`]
  // `host:port` was probably meant as a server's address.
  if (/^[a-z0-9.-]+:\d+$/i.test(name))
    return new CpmError('REGISTRY_INVALID', fact, { hint: `use the server's URL: http://${name}/` })
  return new CpmError('REGISTRY_INVALID', `${fact}${didYouMean(name, names)}`, {
    hint:
      names.length > 0
        ? `use a folder, a URL or a name from the settings: ${names.join(', ')}`
        : 'use a folder, a URL or a name from the settings (registry.registries in $CPM_HOME/config.json)',
    details: { names },
  })
}

/** Opens a server. Loads the HTTP library only here. */
async function openServer(address: RegistryAddress, { context, settings, staging }: OpenParts): Promise<Registry> {
  const { openHttpRegistry } = await import('../../registry-client/http-registry.ts')
  const { credentials, cache } = context.home(settings)
  const registry = await openHttpRegistry(address.place, {
    network: settings.network ?? {},
    credentials,
    env: context.env,
    trusted: address.trusted,
    insecure: address.insecure,
    redirects: 'as far inside as the registry',
    onStale: (since) => {
      context.emit(stale(address.place, since))
    },
    memoryFor: ({ id }) => new IndexMemory(path.join(cache, id), staging, { keepBytes: true }),
    staging,
    cpmVersion: context.cpmVersion,
    emit: context.emit,
    signal: context.signal,
  })
  context.atEnd(() => registry.close())
  new KnownAddresses(cache).note(address.place, registry.id, staging)
  return registry
}

function stale(place: string, since: string): CpmEvent {
  return {
    type: 'warning',
    code: 'REGISTRY_STALE',
    message: `${place} can't reach the registry that it mirrors; changes since ${since} may be missing`,
  }
}

async function openRemembered(place: string, { context, settings, staging }: OpenParts): Promise<Registry> {
  const { cache } = context.home(settings)
  const id = new KnownAddresses(cache).recall(place)
  if (id === undefined) {
    throw new CpmError(
      'REGISTRY_UNREACHABLE',
      `the registry ${place} was never used on this machine, so it is not available offline`,
      {
        hint: 'run the command once without --offline',
      },
    )
  }
  const { OfflineRegistry } = await import('./offline-registry.ts')
  const { CachedEvidence } = await import('../../installer/prove/evidence.ts')
  const memory = new IndexMemory(path.join(cache, id), staging, { keepBytes: true })
  return new OfflineRegistry({ id, label: place, memory, evidence: new CachedEvidence(cache, staging) })
}
