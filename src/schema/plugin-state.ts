import { z } from 'zod'
import { Blake3 } from './digest.ts'
import { PackageName } from './name.ts'
import { PluginDeclaration } from './plugin.ts'

/** Where a plugin comes from. */
export const PluginSource = z.discriminatedUnion('kind', [
  /** a file or folder in `$CPM_HOME/plugins` */
  z.strictObject({ kind: z.literal('file'), file: z.string().regex(/^[a-z0-9][a-z0-9-]*(?:\.mjs)?$/) }),
  /** a package that the user's settings name */
  z.strictObject({ kind: z.literal('package'), package: PackageName }),
])
export type PluginSource = z.infer<typeof PluginSource>

/** A plugin that the user approved: exactly these files with exactly this declaration. */
export const ApprovedPlugin = z.strictObject({
  source: PluginSource,
  /** of all its files */
  digest: Blake3,
  declaration: PluginDeclaration,
  approvedAt: z.iso.datetime(),
})
export type ApprovedPlugin = z.infer<typeof ApprovedPlugin>

/** `$CPM_HOME/plugins.json`: the approved plugins, in the order in which their hooks run. */
export const PluginState = z.strictObject({
  schemaVersion: z.literal(1),
  plugins: z.array(ApprovedPlugin),
})
export type PluginState = z.infer<typeof PluginState>
