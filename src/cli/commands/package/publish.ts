import path from 'node:path'
import { z } from 'zod'
import { type NamedSource, nameSources, prepareUploads } from '../../../package/prepare-upload.ts'
import { planPublication } from '../../../operations/packages/plan-publication.ts'
import { requirePublishable } from '../../../operations/packages/publishable.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, dryRun, key, lockTimeout, registry } from '../../shell/options.ts'
import { withRegistries } from '../../../operations/registries/registries.ts'
import { namedKey, signingKey } from '../../../operations/registries/signing-key.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  input: z.object({
    sources: z
      .array(z.string())
      .default([])
      .meta({ description: 'folders or archives (default: this folder)', value: 'dir-or-file' }),
    key,
    allow,
    registry,
    lockTimeout,
    test: z.boolean().optional().describe('run the tests of packages in folders first (the default)'),
    dryRun,
  }),
  positionals: ['sources'],
  examples: [
    ['Publish the package in this folder', 'cpm publish'],
    ['See what would be published', 'cpm publish --dry-run'],
    ['Publish several as one operation', 'cpm publish image-tools thumbnails'],
  ],
  run: async (context, { sources, key: keyId, allow, test = true, dryRun, ...flags }) => {
    const { cwd, emit, pool } = context
    const paths = (sources.length > 0 ? sources : ['.']).map((source) => path.resolve(cwd, source))
    const named = await nameSources(paths, pool)
    const ready: NamedSource[] = []
    for (const source of named)
      ready.push({ ...source, plan: await requirePublishable(context, source, { allow, test }) })
    return await withRegistries(context, { ...flags, make: !dryRun }, async (registries, settings) => {
      const names = named.map(({ name }) => name)
      if (dryRun) {
        const registry = await registries.ofAll(names)
        const packages = await planPublication(ready, registry, pool)
        return { registry: registry.id, place: registry.label, key: undefined, dryRun, packages }
      }
      const lockTimeout = context.lockTimeout(settings, flags.lockTimeout)
      const home = context.home(settings)
      const isRemote = registries.addressOfAll(names).kind === 'http'
      const options = { id: keyId, folder: home.keys, lockTimeout, isRemote }
      // A server is asked before anything is made for it; a key that can't be used is known without asking.
      let key = isRemote ? namedKey(context, options) : await signingKey(context, options)
      const registry = await registries.ofAll(names)
      const packages = await registry.publish(async (folder) => {
        key ??= await signingKey(context, options)
        return await prepareUploads(ready, folder, { pool, key, allow, home, emit })
      })
      return { registry: registry.id, place: registry.label, key: key?.id ?? '', dryRun, packages }
    })
  },
  views: {
    human: ({ packages, place, key, dryRun }, style) => {
      const published = packages.filter(({ outcome }) => outcome === 'published')
      const unchanged = packages.length - published.length
      const lines = published.slice(0, 30).map(({ name, version }) => `${style('green', '+')} ${name} ${version}`)
      if (published.length > lines.length) lines.push(style('dim', `  … and ${published.length - lines.length} more`))
      const said = [
        `${count(published.length, 'package')} ${dryRun ? 'would be ' : ''}published`,
        ...(unchanged > 0 ? [`${unchanged} there already`] : []),
      ]
      return [
        ...lines,
        `${said.join(', ')} in ${place}${key === undefined ? '' : `, signed by ${key.slice(0, 16)}…`}`,
      ].join('\n')
    },
  },
})
