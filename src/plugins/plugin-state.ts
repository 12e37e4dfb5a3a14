import { type ApprovedPlugin, PluginState } from '../schema/plugin-state.ts'
import { readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { parseJson, readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'

/** Reads `$CPM_HOME/plugins.json`. @throws CpmError CONFIG_INVALID, rather than forget what was approved */
export function readPluginState(file: string): readonly ApprovedPlugin[] {
  const text = readTextIfThere(file)
  if (text === undefined) return []
  const result = PluginState.safeParse(parsed(text, file))
  if (result.success) return result.data.plugins
  throw new CpmError('CONFIG_INVALID', `${file} is not valid`, { hint: HINT, cause: result.error })
}

const HINT = 'remove it, and approve your plugins again: cpm plugins enable <name>'

function parsed(text: string, file: string): unknown {
  try {
    return parseJson(text, 'CONFIG_INVALID', file)
  } catch (error) {
    if (!(error instanceof CpmError) || error.hint !== undefined) throw error
    throw new CpmError('CONFIG_INVALID', error.message, { hint: HINT, details: error.details, cause: error })
  }
}

export function writePluginState(file: string, plugins: readonly ApprovedPlugin[]): void {
  writeFileAtomic(file, readableJson({ schemaVersion: 1, plugins }), { mode: 0o600 })
}
