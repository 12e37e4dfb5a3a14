import path from 'node:path'
import { z } from 'zod'
import type { Home } from '../../core/home.ts'
import { findKey, generateKey, keyFromEnv, listKeys, loadKey, type SigningKey } from '../../package/keys.ts'
import { findProject } from '../../installer/project.ts'
import { publishSources } from '../../registry/publish-sources.ts'
import { createFolderRegistry } from '../../registry/registry-config.ts'
import { openFolderRegistry } from '../../registry/registry-reader.ts'
import { type Context, registryFolder } from '../context.ts'
import { defineCommand } from '../define-command.ts'
import { allow, lockTimeout, registry } from '../options.ts'
import { count } from '../style.ts'

export default defineCommand({
  name: 'publish',
  summary: 'Sign packages and publish them together',
  input: z.object({
    sources: z
      .array(z.string())
      .default([])
      .meta({ description: 'folders or archives (default: this folder)', value: 'dir-or-file' }),
    key: z.string().optional().meta({ description: 'the signing key, by its id or the beginning of it', value: 'id' }),
    allow,
    registry,
    lockTimeout,
  }),
  positionals: ['sources'],
  examples: [
    ['Publish the package in this folder', 'cpm publish'],
    ['Publish several as one operation', 'cpm publish image-tools thumbnails'],
  ],
  run: async (context, { sources, key: keyId, allow, ...flags }) => {
    const { cwd, emit, pool } = context
    const config = await context.config(findProject(cwd)?.root)
    const { folder, embedded } = registryFolder(context, config, flags.registry)
    if (embedded) createFolderRegistry(folder, 'embedded', emit)
    const { config: registryConfig } = await openFolderRegistry(folder)
    const key = signingKey(context, context.home(config), keyId)
    const packages = await publishSources(
      (sources.length > 0 ? sources : ['.']).map((source) => path.resolve(cwd, source)),
      {
        pool,
        registry: folder,
        key,
        allow,
        lockTimeout: context.lockTimeout(config, flags.lockTimeout),
        now: context.now(),
        emit,
      },
    )
    return { registry: registryConfig.id, folder, key: key.id, packages }
  },
  views: {
    human: ({ packages, folder, key }, style) => {
      const published = packages.filter(({ outcome }) => outcome === 'published')
      const unchanged = packages.length - published.length
      const lines = published.slice(0, 30).map(({ name, version }) => `${style('green', '+')} ${name} ${version}`)
      if (published.length > lines.length) lines.push(style('dim', `  … and ${published.length - lines.length} more`))
      const said = [
        `${count(published.length, 'package')} published`,
        ...(unchanged > 0 ? [`${unchanged} there already`] : []),
      ]
      return [...lines, `${said.join(', ')} in ${folder}, signed by ${key.slice(0, 16)}…`].join('\n')
    },
  },
})

/** The key of CPM_SIGNING_KEY, of `--key`, or the oldest there is; one is made when there is none. */
function signingKey(context: Context, home: Home, id: string | undefined): SigningKey {
  if (id !== undefined) return loadKey(findKey(home.keys, id).file)
  const given = keyFromEnv(context.env)
  if (given) return given
  const [oldest] = listKeys(home.keys)
  if (oldest) return loadKey(oldest.file)
  const made = generateKey(home.keys, context.now())
  context.emit({ type: 'key-created', keyId: made.id, file: made.file })
  return loadKey(made.file)
}
