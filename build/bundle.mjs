/**
 * Bundles src/ into dist/, with one file per command and task, so that a command only loads what it needs. All files
 * are directly in dist/, next to the module that looks for task files (src/core/task-files.ts).
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { billOfMaterials } from './bill-of-materials.mjs'
import { bundledPackages, licenses } from './bundled-packages.mjs'
import { writeTypes } from './types.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const { dependencies, optionalDependencies, version } = JSON.parse(
  fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
)
// Never bundled: a native module, a module with its own worker files, and two modules that cpm never uses,
// cosmiconfig's loader for TypeScript files (configuration is data) and ink's connection to a debugger.
const unused = ['typescript', 'react-devtools-core']
const external = [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...unused]

/** The modules that the shortcuts load from the main bundle. */
const REST = {
  'unchanged-entries': 'src/operations/project/unchanged-entries.ts',
  complete: 'src/cli/completion/complete.ts',
}

const entries = {
  cpm: 'src/cli/main.ts',
  'core.worker': 'src/core/worker.ts',
  index: 'src/index.ts',
  plugin: 'src/plugins/plugin.ts',
  'plugin-testing': 'src/plugins/testing.ts',
  'plugins.child': 'src/plugins/child.ts',
  resolver: 'src/resolver/api.ts',
  ...REST,
}
for (const folder of ['package', 'installer', 'workflow']) {
  const tasks = path.join(root, 'src', folder, 'tasks')
  for (const file of fs.existsSync(tasks) ? fs.readdirSync(tasks) : []) {
    entries[`${folder}.tasks.${path.basename(file, '.ts')}`] = `src/${folder}/tasks/${file}`
  }
}

const bundle = await rolldown({
  cwd: root,
  input: entries,
  platform: 'node',
  external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
  transform: {
    define: {
      CPM_BUNDLED: 'true',
      CPM_VERSION: JSON.stringify(version),
      // The production build of React, and ink without its connection to a debugger.
      'process.env.NODE_ENV': '"production"',
      'process.env.DEV': '"false"',
    },
  },
})
const target = path.join(root, 'dist')
const fresh = `${target}.new-${process.pid}`
fs.rmSync(fresh, { recursive: true, force: true })
const { output } = await bundle.write({
  dir: fresh,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  minify: true,
  // `--debug` shows files and lines of the source (src/cli/terminal/source-stack.ts). The source itself is not shipped.
  sourcemap: true,
  sourcemapExcludeSources: true,
})
await bundle.close()
// What the binary loads first is one file of CommonJS. It leaves everything else to the other bundle.
const inOtherBundle = (id) => {
  const name = Object.keys(REST).find((each) => id.endsWith(`/${each}.ts`))
  return name === undefined ? null : { id: `./${name}.js`, external: true }
}
const shortcut = await rolldown({
  cwd: root,
  input: { shortcut: 'src/cli/shortcut.ts' },
  platform: 'node',
  plugins: [{ name: 'leave-the-rest', resolveId: inOtherBundle }],
  transform: { define: { CPM_BUNDLED: 'true', CPM_VERSION: JSON.stringify(version) } },
})
await shortcut.write({
  dir: fresh,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  codeSplitting: false,
  minify: true,
  sourcemap: true,
  sourcemapExcludeSources: true,
})
await shortcut.close()
fs.writeFileSync(path.join(fresh, 'resolver.d.ts'), typesOf('src/resolver/api.ts'))
writeTypes(root, path.join(fresh, 'types'))
const bundled = bundledPackages(output.flatMap((chunk) => chunk.moduleIds ?? []))
fs.writeFileSync(path.join(fresh, 'THIRD-PARTY.txt'), licenses(bundled))
fs.writeFileSync(path.join(fresh, 'sbom.cdx.json'), billOfMaterials(root, bundled))
// If nothing changed, keep the old files, since a cpm may be running from them.
if (sameFiles(fresh, target)) fs.rmSync(fresh, { recursive: true })
else {
  fs.rmSync(target, { recursive: true, force: true })
  fs.renameSync(fresh, target)
}

function sameFiles(one, other) {
  const filesIn = (folder) =>
    fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).filter((name) => !isFolder(folder, name)) : []
  const names = filesIn(one)
  const same = (name) => fs.readFileSync(path.join(one, name)).equals(fs.readFileSync(path.join(other, name)))
  return names.join() === filesIn(other).join() && names.every(same)
}

function isFolder(folder, name) {
  return fs.statSync(path.join(folder, name)).isDirectory()
}

/** Returns the TypeScript declarations of a module that only uses its own types. */
function typesOf(file) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-types-'))
  const tsc = path.join(root, 'node_modules', 'ts7', 'bin', 'tsc')
  const options = ['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--outDir', folder, '--rootDir', root]
  const settings = ['--module', 'nodenext', '--target', 'es2023', '--allowImportingTsExtensions', '--skipLibCheck']
  try {
    execFileSync(process.execPath, [tsc, path.join(root, file), ...options, ...settings, '--types', 'node'], {
      cwd: root,
    })
    const text = fs.readFileSync(path.join(folder, file.replace(/\.ts$/, '.d.ts')), 'utf8')
    if (/^import|\bfrom '/m.test(text)) throw new Error(`the declarations of ${file} use types of other files`)
    return text
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
