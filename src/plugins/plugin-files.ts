import fs from 'node:fs'
import path from 'node:path'
import type { Blake3 } from '../schema/digest.ts'
import { blake3 } from '../core/blake3.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'

/** The module of a plugin that is a folder or a package. */
export const PLUGIN_MODULE = 'plugin.mjs'

const MOST_FILES = 5000
const MOST_BYTES = 64 * 1024 ** 2

/** The files of a plugin. */
export interface PluginFiles {
  /** the file, or the folder */
  readonly place: string
  /** the module to load */
  readonly module: string
  /** of the names and contents of all files */
  readonly digest: Blake3
  readonly files: readonly string[]
}

/**
 * Reads the files of a plugin: a file, or a folder that contains `plugin.mjs`.
 * @throws CpmError PLUGIN_NOT_FOUND, PLUGIN_INVALID for links and for what is too large
 */
export function readPluginFiles(place: string): PluginFiles {
  try {
    const real = fs.lstatSync(place)
    if (real.isSymbolicLink()) throw new CpmError('PLUGIN_INVALID', `${place} is a link; a plugin is a file or folder`)
    const files = real.isDirectory() ? filesIn(place) : ['']
    const module = real.isDirectory() ? path.join(place, PLUGIN_MODULE) : place
    if (real.isDirectory() && !files.includes(PLUGIN_MODULE))
      throw new CpmError('PLUGIN_INVALID', `${place} is not a plugin: it has no ${PLUGIN_MODULE}`)
    let bytes = 0
    const digests = files.map((name) => {
      const contents = fs.readFileSync(path.join(place, name))
      bytes += contents.length
      if (bytes > MOST_BYTES) throw tooLarge(place)
      return [name, blake3(contents)]
    })
    return { place, module, digest: blake3(canonicalJson(digests)), files }
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new CpmError('PLUGIN_NOT_FOUND', `${place} does not exist`, { hint: 'cpm plugins list', cause: error })
    throw fileError(error, 'read', place)
  }
}

/** Lists the files of a folder in a fixed order, with `/` in their names. */
function filesIn(folder: string): string[] {
  const found: string[] = []
  const walk = (at: string) => {
    for (const entry of fs.readdirSync(path.join(folder, at), { withFileTypes: true })) {
      const name = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) walk(name)
      else if (entry.isFile()) found.push(name)
      else throw new CpmError('PLUGIN_INVALID', `${path.join(folder, name)} is neither a file nor a folder`)
      if (found.length > MOST_FILES) throw tooLarge(folder)
    }
  }
  walk('')
  return found.sort()
}

function tooLarge(place: string): CpmError {
  return new CpmError('PLUGIN_INVALID', `${place} is too large for a plugin: at most ${MOST_FILES} files and 64 MB`)
}
