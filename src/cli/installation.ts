import path from 'node:path'
import { StagingArea } from '../core/staging.ts'
import { Evidence } from '../installer/evidence.ts'
import type { Installation } from '../installer/install.ts'
import type { Project } from '../installer/project.ts'
import { Store } from '../installer/store.ts'
import { IndexMemory } from '../registry/index-memory.ts'
import { createFolderRegistry } from '../registry/registry-config.ts'
import { openFolderRegistry, type RegistryReader } from '../registry/registry-reader.ts'
import { type Context, registryFolder } from './context.ts'

interface InstallationFlags {
  registry?: string | undefined
  lockTimeout?: number | undefined
  copy?: boolean
}

/** Puts together what installing works with: store, evidence, registry, from settings and flags. */
export async function createInstallation(
  context: Context,
  project: Project,
  flags: InstallationFlags,
): Promise<Installation> {
  const { emit, pool, signal, cpmVersion } = context
  const config = await context.config(project.root)
  const home = context.home(config)
  const staging = new StagingArea(path.join(home.cache, 'tmp'))
  const store = new Store(home.store)
  let registry: Promise<RegistryReader> | undefined
  return {
    project,
    store,
    evidence: new Evidence(home.cache, staging),
    pool,
    registry: () => (registry ??= openRegistry(context, config, { cache: home.cache, staging, flag: flags.registry })),
    mode: flags.copy === true ? 'copy' : (config.install?.mode ?? 'link'),
    cpmVersion,
    lockTimeout: context.lockTimeout(config, flags.lockTimeout),
    emit,
    signal,
    sweep: () => {
      store.sweep()
      staging.sweep()
    },
  }
}

type Config = Awaited<ReturnType<Context['config']>>

interface RegistryParts {
  cache: string
  staging: StagingArea
  flag: string | undefined
}

async function openRegistry(
  context: Context,
  config: Config,
  { cache, staging, flag }: RegistryParts,
): Promise<RegistryReader> {
  const { folder, embedded } = registryFolder(context, config, flag)
  if (embedded) createFolderRegistry(folder, 'embedded', context.emit)
  return await openFolderRegistry(folder, ({ id }) => new IndexMemory(path.join(cache, id), staging))
}
