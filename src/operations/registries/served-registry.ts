import path from 'node:path'
import { z } from 'zod'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { createFolderRegistry } from '../../registry/registry-config.ts'
import { CONFIG_KEY } from '../../registry/layout.ts'
import { findProject } from '../../installer/project.ts'
import type { Session } from '../session.ts'
import { defaultRegistry } from './registry-choice.ts'

/** `--root` of `cpm serve` and of the commands for its tokens. */
export const root = z.string().optional().meta({
  description: 'the folder of the registry (default: the one that cpm uses where none is configured)',
  value: 'dir',
})

/**
 * The folder of a registry to be served, made when there is nothing yet.
 * @throws CpmError REGISTRY_INVALID for a folder that holds something else
 */
export async function servedRegistry(session: Session, asked: string | undefined): Promise<string> {
  const folder = await folderOf(session, asked)
  if (isRegistry(folder)) return folder
  // What a registry in the making has: another cpm may be making it now.
  const others = namesIn(folder).filter((name) => name !== '.staging' && name !== CONFIG_KEY)
  if (others.length > 0)
    throw new CpmError('REGISTRY_INVALID', `${folder} is not a registry, and not empty`, {
      hint: 'name a new folder with --root',
    })
  createFolderRegistry(folder, asked === undefined ? 'embedded' : path.basename(folder).slice(0, 128), session.emit)
  return folder
}

/**
 * The folder of a registry that is there, whose tokens are to be seen or changed: a slip in its name must not make another registry.
 * @throws CpmError REGISTRY_INVALID, and USAGE where the registry in use is another machine's
 */
export async function registryWithTokens(session: Session, asked: string | undefined): Promise<string> {
  if (asked === undefined) await refuseRemote(session)
  const folder = await folderOf(session, asked)
  if (isRegistry(folder)) return folder
  throw new CpmError('REGISTRY_INVALID', `${folder} is not a registry`, {
    hint: asked === undefined ? 'cpm serve, or name its folder with --root' : `cpm serve --root '${folder}' makes one`,
  })
}

async function folderOf(session: Session, asked: string | undefined): Promise<string> {
  return asked === undefined ? session.home(await session.config()).registry : path.resolve(session.cwd, asked)
}

function isRegistry(folder: string): boolean {
  return isThere(path.join(folder, CONFIG_KEY))
}

/** A token is good for the registry whose folder it is kept in, which would not be the one that every other command here uses. */
async function refuseRemote(session: Session): Promise<void> {
  const { env, cwd } = session
  const settings = await session.config(findProject(cwd)?.root)
  const embedded = session.home(settings).registry
  const { kind } = defaultRegistry({ settings, flag: undefined, env, cwd, embedded })
  if (kind !== 'http') return
  throw new CpmError('USAGE', "the registry in use is a server's: its tokens are made on the machine that serves it", {
    hint: '--root <folder that cpm serve serves>',
  })
}
