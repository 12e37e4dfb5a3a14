import path from 'node:path'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { createFolderRegistry } from '../../registry/registry-config.ts'
import { CONFIG_KEY } from '../../registry/layout.ts'
import { settingsFolder } from '../../installer/find-project.ts'
import type { Session } from '../session.ts'
import { defaultRegistry } from './registry-choice.ts'
import { shellPath } from '../../core/shell-word.ts'

/**
 * Returns the folder of the registry to serve, creating the registry if the folder is empty.
 * @throws CpmError REGISTRY_INVALID for a folder that holds something else
 */
export async function servedRegistry(session: Session, asked: string | undefined): Promise<string> {
  const folder = await folderOf(session, asked)
  if (isRegistry(folder)) return folder
  // These files appear first: another cpm process may be creating the registry right now.
  const others = namesIn(folder).filter((name) => name !== '.staging' && name !== CONFIG_KEY)
  if (others.length > 0)
    throw new CpmError('REGISTRY_INVALID', `${folder} is not a registry and is not empty`, {
      hint: 'choose a new folder with --root',
    })
  createFolderRegistry(folder, asked === undefined ? 'embedded' : path.basename(folder).slice(0, 128), session.emit)
  return folder
}

/**
 * Returns the folder of an existing registry for commands about its tokens. A typo must not create another registry.
 * @throws CpmError REGISTRY_INVALID, and USAGE if the current registry is on another machine
 */
export async function registryWithTokens(session: Session, asked: string | undefined): Promise<string> {
  if (asked === undefined) await refuseRemote(session)
  const folder = await folderOf(session, asked)
  if (isRegistry(folder)) return folder
  throw new CpmError('REGISTRY_INVALID', `${folder} is not a registry`, {
    hint: asked === undefined ? 'cpm serve, or choose its folder with --root' : `cpm serve --root ${shellPath(folder)}`,
  })
}

async function folderOf(session: Session, asked: string | undefined): Promise<string> {
  return asked === undefined ? session.home(await session.config()).registry : path.resolve(session.cwd, asked)
}

function isRegistry(folder: string): boolean {
  return isThere(path.join(folder, CONFIG_KEY))
}

/** Refuses a server: its tokens are in a folder on its own machine, so a token made here would not work for it. */
async function refuseRemote(session: Session): Promise<void> {
  const { env, cwd } = session
  const settings = await session.config(settingsFolder(cwd))
  const embedded = session.home(settings).registry
  const { kind } = defaultRegistry({ settings, flag: undefined, env, cwd, embedded })
  if (kind !== 'http') return
  throw new CpmError('USAGE', 'the current registry is a server, whose tokens are managed on its own machine', {
    hint: '--root <folder of cpm serve>',
  })
}
