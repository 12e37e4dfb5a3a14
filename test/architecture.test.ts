import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { taskUrl } from '../src/core/task-files.ts'
import * as installerTasks from '../src/installer/tasks.ts'
import * as packageTasks from '../src/package/tasks.ts'
import * as workflowTasks from '../src/workflow/tasks.ts'

const SRC = path.resolve(import.meta.dirname, '../src')
const SERVER = path.resolve(import.meta.dirname, '../server')

/** What each folder may import besides itself: the layers of docs/ARCHITECTURE.md, from the top down. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  // the public API
  'index.ts': ['operations', 'core', 'schema'],
  cli: [
    'operations',
    'checker',
    'installer',
    'registry-client',
    'policy',
    'engines',
    'plugins',
    'workflow',
    'expressions',
    'resolver',
    'registry',
    'package',
    'core',
    'schema',
    'server',
  ],
  operations: [
    'checker',
    'installer',
    'registry-client',
    'policy',
    'engines',
    'plugins',
    'workflow',
    'expressions',
    'resolver',
    'registry',
    'package',
    'core',
    'schema',
  ],
  'registry-client': ['registry', 'package', 'core', 'schema'],
  installer: ['resolver', 'package', 'core', 'schema'],
  engines: ['workflow', 'package', 'core', 'schema'],
  plugins: ['core', 'schema'],
  // facts in, findings out
  policy: ['package', 'core', 'schema'],
  workflow: ['expressions', 'package', 'core', 'schema'],
  expressions: ['core', 'schema'],
  resolver: ['core', 'schema'],
  // must share no code with the resolver, or it could not find its mistakes
  checker: ['core', 'schema'],
  registry: ['package', 'core', 'schema'],
  package: ['core', 'schema'],
  core: ['schema'],
  schema: [],
}

interface Import {
  from: string
  file: string
  to: string
}

function textOf(...parts: string[]): string {
  return fs.readFileSync(path.join(SRC, ...parts), 'utf8')
}

function importsOf(file: string): string[] {
  const text = fs.readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g)].map((match) => match[1] ?? '')
}

function allImports(): Import[] {
  const files = fs.readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.flatMap((name) =>
    importsOf(path.join(SRC, name)).map((to) => ({ from: name.split(path.sep)[0] ?? '', file: name, to })),
  )
}

/** Returns the folder of src that contains a file, or `server` for a file outside src. */
function folderOf(file: string): string {
  const [first = ''] = path.relative(SRC, file).split(path.sep)
  return first === '..' ? 'server' : first
}

test('MAY_IMPORT lists every folder of src', () => {
  expect(fs.readdirSync(SRC).sort()).toEqual(Object.keys(MAY_IMPORT).sort())
})

test('imports point down only', () => {
  const wrong = allImports()
    .filter(({ to }) => to.startsWith('.'))
    .map((entry) => ({ ...entry, target: folderOf(path.resolve(SRC, path.dirname(entry.file), entry.to)) }))
    .filter(({ from, target }) => target !== from && MAY_IMPORT[from]?.includes(target) !== true)
    .map(({ file, to }) => `${file} imports ${to}`)
  expect(wrong).toEqual([])
})

/** The server is next to the command line, on top of the registry, and knows nothing about projects. */
const SERVER_MAY_IMPORT = ['resolver', 'registry', 'package', 'core', 'schema']

function serverImports(): { file: string; target: string }[] {
  const files = fs.readdirSync(SERVER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.flatMap((file) =>
    importsOf(path.join(SERVER, file))
      .filter((to) => to.startsWith('.'))
      .map((to) => ({ file, target: path.resolve(SERVER, path.dirname(file), to) })),
  )
}

test('the server imports only the registry and the layers below it', () => {
  const outside = serverImports().filter(({ target }) => !target.startsWith(SERVER + path.sep))
  const wrong = outside.filter(({ target }) => {
    const [folder = ''] = path.relative(SRC, target).split(path.sep)
    return !SERVER_MAY_IMPORT.includes(folder)
  })
  expect(outside.length).toBeGreaterThan(0)
  expect(wrong).toEqual([])
})

test('only the commands of cpm serve import the server', () => {
  const importers = allImports().filter(({ to }) => /(?:^|\/)server\//.test(to) && to.startsWith('..'))
  expect(new Set(importers.map(({ file }) => path.dirname(file)))).toEqual(
    new Set([path.join('cli', 'commands', 'serve')]),
  )
})

/** Maps each file of src and server to the files that it imports statically, including types. */
function importGraph(): Map<string, string[]> {
  const files = [SRC, SERVER].flatMap((root) =>
    fs
      .readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(root, name)),
  )
  const loaded = (file: string) =>
    [...fs.readFileSync(file, 'utf8').matchAll(/\bfrom\s+'(\.[^']+)'/g)].map(([, to = '']) =>
      path.resolve(path.dirname(file), to),
    )
  return new Map(files.map((file) => [file, loaded(file)]))
}

test('there are no import cycles', () => {
  const graph = importGraph()
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].map((each) => path.relative(SRC, each)))
    if (done.has(file)) return
    done.add(file)
    for (const next of graph.get(file) ?? []) visit(next, [...way, file])
  }
  for (const file of graph.keys()) visit(file, [])
  // The declarations of the public API must not mention other files (build/bundle.mjs).
  expect(cycles.filter((cycle) => !cycle.includes('resolver/api.ts'))).toEqual([])
})

/** Second-level folders that import in one direction only, the upper ones first. */
const ONE_WAY: readonly (readonly string[])[] = [
  ['cli/commands', 'cli/views', 'cli/shell', 'cli/terminal'],
  ['operations/runs', 'operations/packages', 'operations/project', 'operations/registries'],
  ['operations/store', 'operations/project', 'operations/policy', 'operations/registries'],
  ['operations/packages', 'operations/policy'],
  ['engines/colonyos', 'engines/runs'],
  ['engines/local', 'engines/runs'],
  ['workflow/tests', 'workflow/templates', 'workflow/values'],
]

test('second-level folders import in one direction only', () => {
  const edges = [...importGraph()].flatMap(([file, targets]) =>
    targets.map((to) => [path.relative(SRC, file), path.relative(SRC, to)] as const),
  )
  const isIn = (file: string, room: string) => file.startsWith(`${room}/`)
  const wrong = ONE_WAY.flatMap((rooms) =>
    edges.filter(([from, to]) => {
      const [above, below] = [rooms.findIndex((room) => isIn(to, room)), rooms.findIndex((room) => isIn(from, room))]
      return above >= 0 && below > above
    }),
  )
  expect(wrong.map(([from, to]) => `${from} imports ${to}`)).toEqual([])
})

test('operations do not use the terminal', () => {
  const files = fs.readdirSync(path.join(SRC, 'operations'), { recursive: true, encoding: 'utf8' })
  const knowing = files
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /\bprocess\.(?!platform)|\bargv\b|\bstd(?:in|out|err)\b/.test(textOf('operations', name)))
  expect(knowing).toEqual([])
})

test('src/schema imports only zod and semver, and the resolver only semver', () => {
  const outside = (folder: string) => allImports().filter(({ from, to }) => from === folder && !to.startsWith('.'))
  expect(new Set(outside('schema').map(({ to }) => to))).toEqual(new Set(['zod', 'semver']))
  expect(new Set(outside('resolver').map(({ to }) => to))).toEqual(new Set(['semver']))
})

test('only one module imports ink and react, and it is loaded only when something is drawn', () => {
  const drawing = allImports().filter(({ to }) => to === 'ink' || to === 'react')
  expect(new Set(drawing.map(({ file }) => file))).toEqual(new Set([path.join('cli', 'terminal', 'live-drawing.ts')]))
  const texts = allImports().filter(({ to }) => to.endsWith('/live-drawing.ts')).map(({ file }) => fs.readFileSync(path.join(SRC, file), 'utf8')) // prettier-ignore
  expect(texts.length).toBeGreaterThan(0)
  for (const text of texts) expect(text).toMatch(/await import\('[^']*live-drawing\.ts'\)/)
  for (const text of texts) expect(text).not.toMatch(/^import \{[^}]*\} from '[^']*live-drawing\.ts'/m)
})

test('only the command line and the process of a plugin print and set the exit status', () => {
  const files = fs
    .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('cli') && name !== path.join('plugins', 'child.ts'))
  const printing = files.filter((name) =>
    /\bconsole\.|\bprocess\.(?:stdout|stderr|exitCode|exit\b)/.test(fs.readFileSync(path.join(SRC, name), 'utf8')),
  )
  expect(printing).toEqual([])
})

test('every task has a file, and every task file has a task', () => {
  const tasks = [...Object.values(packageTasks), ...Object.values(installerTasks), ...Object.values(workflowTasks)]
  const ids = tasks.map(({ id }) => id)
  expect(ids.filter((id) => !fs.existsSync(taskUrl(id)))).toEqual([])
  const files = ['package', 'installer', 'workflow'].flatMap((folder) =>
    fs.readdirSync(path.join(SRC, folder, 'tasks')).map((name) => `${folder}/tasks/${path.basename(name, '.ts')}`),
  )
  expect([...ids].sort()).toEqual(files.sort())
})
