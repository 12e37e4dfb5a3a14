import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isThere, makeFolders, readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { taskUrl } from '../core/task-files.ts'

/** The bundle: the process of a plugin runs without the loader that cpm needs to run from source. */
const inBundle = fileURLToPath(taskUrl('plugins/child'))
export const CHILD_MODULE = inBundle.endsWith('.js')
  ? inBundle
  : path.resolve(path.dirname(inBundle), '../../dist/plugins.child.js')

/** The folder of cpm's own modules that the process of a plugin loads. */
export const RUNTIME_FOLDER = path.dirname(CHILD_MODULE)

/**
 * Makes `colony-cpm/plugin` known to the modules in `$CPM_HOME/plugins`: Node looks for it in a `node_modules` there.
 * @returns its folder
 */
export function provideRuntime(pluginsFolder: string): string {
  const folder = path.join(pluginsFolder, 'node_modules', 'colony-cpm')
  const module = (name: string) => JSON.stringify(new URL(name, pathToFileURL(CHILD_MODULE)).href)
  const files = {
    'package.json': JSON.stringify({
      name: 'colony-cpm',
      type: 'module',
      exports: {
        './plugin': { types: './plugin.d.ts', default: './plugin.js' },
        './plugin/testing': { types: './testing.d.ts', default: './testing.js' },
      },
    }),
    'plugin.js': `export * from ${module('plugin.js')}\n`,
    'plugin.d.ts': `export * from ${JSON.stringify(path.join(RUNTIME_FOLDER, 'types', 'plugins', 'plugin.js'))}\n`,
    'testing.js': `export * from ${module('plugin-testing.js')}\n`,
    'testing.d.ts': `export * from ${JSON.stringify(path.join(RUNTIME_FOLDER, 'types', 'plugins', 'testing.js'))}\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    if (readTextIfThere(file) === text) continue
    if (!isThere(folder)) makeFolders(folder)
    writeFileAtomic(file, text, { durable: false })
  }
  return folder
}
