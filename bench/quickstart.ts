/**
 * `npm run quickstart`: cpm's main job on real packages, in a temporary CPM_HOME, without a network. It publishes the
 * examples and this clone's own node_modules as packages, installs a project that needs them, verifies every byte and
 * runs an installed workflow.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describeLeftOut, makeCorpus } from './corpus.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'bin', 'cpm.js')
const EXAMPLES = ['hello', 'image-tools', 'thumbnails']
const MOST_PACKAGES = 150

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-quickstart-'))
const project = path.join(scratch, 'project')
const env = { ...process.env, CPM_HOME: path.join(scratch, 'home'), CI: '' }

async function cpm(shown: string, args: string[], cwd = project): Promise<string> {
  process.stdout.write(`\n$ cpm ${shown}\n`)
  const started = performance.now()
  const { stdout } = await execa(process.execPath, [BIN, ...args], { cwd, env, stdin: 'ignore', stderr: 'inherit' })
  const lines = stdout.split('\n')
  const said =
    lines.length > 8 ? [...lines.slice(0, 3), `  … ${lines.length - 5} more lines`, ...lines.slice(-2)] : lines
  process.stdout.write(`${said.join('\n')}\n(${((performance.now() - started) / 1000).toFixed(1)} s)\n`)
  return stdout
}

try {
  console.log(`Working in ${scratch}; it is removed at the end. Nothing else is changed.`)
  fs.mkdirSync(project)
  const corpus = makeCorpus(path.join(ROOT, 'node_modules'), path.join(scratch, 'corpus'), MOST_PACKAGES)
  const files = corpus.packages.reduce((sum, entry) => sum + entry.files, 0)
  console.log(
    `\nMade ${corpus.packages.length} packages with ${files} files from this clone's node_modules (${describeLeftOut(corpus)}).`,
  )

  const examples = EXAMPLES.map((name) => path.join(ROOT, 'examples', name))
  await cpm('key generate', ['key', 'generate'])
  await cpm(`publish ${EXAMPLES.map((name) => `examples/${name}`).join(' ')}`, ['publish', ...examples])
  // Real packages contain test keys and the like, so allow all of them.
  const folders = corpus.packages.map(({ folder }) => folder)
  await cpm("publish --allow '**' corpus/*", ['publish', '--quiet', '--allow', '**', ...folders])

  await cpm('init --bare', ['init', '--bare'])
  await cpm('install hello thumbnails', ['install', 'hello', 'thumbnails'])
  const wanted = corpus.packages.filter(({ topLevel }) => topLevel).map(({ name, version }) => `${name}@${version}`)
  await cpm(`install <${wanted.length} packages of the corpus>`, ['install', ...wanted])
  await cpm('install', ['install'])
  await cpm('verify', ['verify'])
  const run = await cpm('submit hello --engine local --set name=Ada', [
    'submit',
    'hello',
    '--engine',
    'local',
    '--set',
    'name=Ada',
  ])
  if (!run.includes('HELLO, ADA!')) throw new Error('the workflow did not greet Ada')

  console.log(`
What happened: a signing key was created, ${corpus.packages.length + EXAMPLES.length} packages were packed, signed and published to a folder registry, a project resolved and
locked them, every archive was verified while it was unpacked, every installed file was verified again, and an
installed workflow ran on this machine.

Next: read README.md, or create your own package:  ./cpm init hello`)
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
