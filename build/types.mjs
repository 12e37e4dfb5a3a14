/**
 * Writes the type declarations of the package's exports to dist/types: those of our own modules, made by TypeScript,
 * and those of the bundled packages that they use. Consumers only need @types/node.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const ENTRIES = ['index', 'plugins/plugin', 'plugins/testing']
/** Bundled packages that our declarations use, with the entry files of their declarations. */
const BUNDLED = { zod: 'index.d.ts', yaml: 'dist/index.d.ts' }
const SPECIFIER = /((?:\bfrom|\bimport)\s*\(?\s*)(['"])([^'"]+)\2/g

/** Stubs for bundled packages whose types only cpm itself uses. */
const OPAQUE = {
  semver: 'declare namespace semver {\n  interface SemVer { readonly version: string }\n}\nexport default semver\n',
  undici: 'export interface Dispatcher { close(): Promise<void> }\n',
}

/** @param {string} root the repository @param {string} target the output folder */
export function writeTypes(root, target) {
  const emitted = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-types-'))
  try {
    emit(root, emitted)
    const modules = path.join(root, 'node_modules')
    const places = new Map([
      [emitted, target],
      [modules, path.join(target, 'bundled')],
    ])
    for (const [name, text] of Object.entries(OPAQUE)) fs.writeFileSync(path.join(emitted, `${name}.d.ts`), text)
    const waiting = ENTRIES.map((entry) => path.join(emitted, `${entry}.d.ts`))
    const seen = new Set(waiting)
    for (const file of waiting) {
      const text = fs.readFileSync(file, 'utf8').replace(SPECIFIER, (whole, before, quote, specifier) => {
        const wanted = packageTypes(specifier, emitted, modules) ?? declarationsOf(file, specifier)
        if (wanted === undefined) return whole
        if (!seen.has(wanted)) waiting.push(wanted)
        seen.add(wanted)
        return `${before}${quote}${relative(placeOf(file, places), placeOf(wanted, places))}${quote}`
      })
      const place = placeOf(file, places)
      fs.mkdirSync(path.dirname(place), { recursive: true })
      fs.writeFileSync(place, text.replace(/\n\/\/# sourceMappingURL=.*/, ''))
    }
  } finally {
    fs.rmSync(emitted, { recursive: true, force: true })
  }
}

function emit(root, folder) {
  const tsc = path.join(root, 'node_modules', 'ts7', 'bin', 'tsc')
  const outputs = ['--declaration', '--emitDeclarationOnly', '--outDir', folder, '--rootDir', path.join(root, 'src')]
  const settings = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--strict']
  const more = ['--exactOptionalPropertyTypes', '--allowImportingTsExtensions', '--skipLibCheck', '--types', 'node']
  const files = ENTRIES.map((entry) => path.join(root, 'src', `${entry}.ts`))
  execFileSync(process.execPath, [tsc, ...files, '--ignoreConfig', ...outputs, ...settings, ...more], {
    cwd: root,
    stdio: 'inherit',
  })
}

/** Returns the declaration file of a bundled package; undefined for anything else. */
function packageTypes(name, emitted, modules) {
  if (Object.hasOwn(OPAQUE, name)) return path.join(emitted, `${name}.d.ts`)
  return Object.hasOwn(BUNDLED, name) ? path.join(modules, name, BUNDLED[name]) : undefined
}

/**
 * Resolves a specifier in a file to a declaration file; undefined for Node.js, for dependencies that are installed with
 * cpm, and for examples in comments.
 */
function declarationsOf(file, specifier) {
  if (!specifier.startsWith('.')) return undefined
  const found = path.resolve(path.dirname(file), `${specifier.replace(/\.[jt]s$/, '')}.d.ts`)
  return fs.existsSync(found) ? found : undefined
}

function placeOf(file, places) {
  for (const [from, to] of places) if (file.startsWith(from + path.sep)) return path.join(to, path.relative(from, file))
  throw new Error(`${file} is outside the folders with declarations`)
}

function relative(from, to) {
  const way = path
    .relative(path.dirname(from), to)
    .replaceAll(path.sep, '/')
    .replace(/\.d\.ts$/, '.js')
  return way.startsWith('.') ? way : `./${way}`
}
