import path from 'node:path'
import { z } from 'zod'
import { isThere, namesIn } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import { createFolderRegistry } from '../registry/registry-config.ts'
import { CONFIG_KEY } from '../registry/layout.ts'
import type { Context } from './context.ts'

/** `--root` of `cpm serve` and of the commands for its tokens. */
export const root = z.string().optional().meta({
  description: 'the folder of the registry (default: the one that cpm uses where none is configured)',
  value: 'dir',
})

/**
 * The folder of a registry to be served, made when there is nothing yet.
 * @throws CpmError REGISTRY_INVALID for a folder that holds something else
 */
export async function servedRegistry(context: Context, asked: string | undefined): Promise<string> {
  const folder = asked === undefined ? context.home(await context.config()).registry : path.resolve(context.cwd, asked)
  if (isThere(path.join(folder, CONFIG_KEY))) return folder
  // What a registry in the making has: another cpm may be making it now.
  const others = namesIn(folder).filter((name) => name !== '.staging' && name !== CONFIG_KEY)
  if (others.length > 0)
    throw new CpmError('REGISTRY_INVALID', `${folder} is not a registry, and not empty`, {
      hint: 'name a new folder with --root',
    })
  createFolderRegistry(folder, asked === undefined ? 'embedded' : path.basename(folder).slice(0, 128), context.emit)
  return folder
}
