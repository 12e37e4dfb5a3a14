import path from 'node:path'
import { z } from 'zod'
import { nameSources, prepareUploads } from '../../../package/prepare-upload.ts'
import { requireSound } from '../../../operations/packages/check-folder.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, key, lockTimeout, registry } from '../../shell/options.ts'
import { withRegistries } from '../../../operations/registries/registries.ts'
import { namedKey, signingKey } from '../../../operations/registries/signing-key.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  name: 'publish',
  summary: 'Sign packages and publish them together',
  input: z.object({
    sources: z
      .array(z.string())
      .default([])
      .meta({ description: 'folders or archives (default: this folder)', value: 'dir-or-file' }),
    key,
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
    const paths = (sources.length > 0 ? sources : ['.']).map((source) => path.resolve(cwd, source))
    const named = await nameSources(paths, pool)
    for (const { source, isFolder } of named)
      if (isFolder) await requireSound(context, source, { allow, uninstalled: 'warn' })
    return await withRegistries(context, { ...flags, make: true }, async (registries, settings) => {
      const names = named.map(({ name }) => name)
      const lockTimeout = context.lockTimeout(settings, flags.lockTimeout)
      const home = context.home(settings)
      const isRemote = registries.addressOfAll(names).kind === 'http'
      const options = { id: keyId, folder: home.keys, lockTimeout, isRemote }
      // A server is asked before anything is made for it; a key that can't be used is known without asking.
      let key = isRemote ? namedKey(context, options) : await signingKey(context, options)
      const registry = await registries.ofAll(names)
      const packages = await registry.publish(async (folder) => {
        key ??= await signingKey(context, options)
        return await prepareUploads(named, folder, { pool, key, allow, home, emit })
      })
      return { registry: registry.id, place: registry.label, key: key?.id ?? '', packages }
    })
  },
  views: {
    human: ({ packages, place, key }, style) => {
      const published = packages.filter(({ outcome }) => outcome === 'published')
      const unchanged = packages.length - published.length
      const lines = published.slice(0, 30).map(({ name, version }) => `${style('green', '+')} ${name} ${version}`)
      if (published.length > lines.length) lines.push(style('dim', `  … and ${published.length - lines.length} more`))
      const said = [
        `${count(published.length, 'package')} published`,
        ...(unchanged > 0 ? [`${unchanged} there already`] : []),
      ]
      return [...lines, `${said.join(', ')} in ${place}, signed by ${key.slice(0, 16)}…`].join('\n')
    },
  },
})
