import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPackageManifest, readManifestBytes, requireManifest } from '../../src/package/manifest.ts'
import type { Process } from '../../src/schema/colony/process.ts'
import type { RunSnapshot } from '../../src/engines/runs/snapshot.ts'
import { localFunctions } from '../../src/engines/local/local-functions.ts'
import { Rig } from '../rig/rig.ts'
import { isServerOwner, LiveColony, title } from './live-colony.ts'
import { shown } from './shown.ts'

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples')

/**
 * Publishes, installs and submits every example whose payload needs no S3, with executors that run the package's
 * programs as the local engine does. Only in a separate colony: executors of these types would take the work of others.
 */
describe.skipIf(!isServerOwner)(`${title}: the examples`, () => {
  let live: LiveColony
  let rig: Rig
  let project: string
  /** the package whose functions to run; several packages use the same names */
  let submitted = ''
  beforeAll(async () => {
    rig = await Rig.create()
    const names = fs.readdirSync(EXAMPLES).filter((name) => fs.existsSync(path.join(EXAMPLES, name, 'colony.yaml')))
    const published = await rig.cpm(['publish', ...names.map((name) => path.join(EXAMPLES, name))])
    expect(published.code, published.stderr).toBe(0)
    project = rig.project({ dependencies: Object.fromEntries(names.map((name) => [name, '*'])) })
    const installed = await rig.cpm('install', { cwd: project })
    expect(installed.code, installed.stderr).toBe(0)
    live = await LiveColony.open()
    const functions = names.flatMap((name) => manifestOf(path.join(EXAMPLES, name)).functions)
    for (const type of new Set(functions.map(({ executortype }) => executortype))) {
      const own = functions.filter(({ executortype }) => executortype === type).map(({ name }) => name)
      const executor = await live.join(type, [...new Set(own)])
      executor.serve((process, log) => runProgram(process, log))
    }
  })
  afterAll(async () => {
    await live[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
  })

  function manifestOf(root: string) {
    return requireManifest(checkPackageManifest('colony.yaml', readManifestBytes(root), { unknownKeys: 'refuse' }))
      .manifest
  }

  /** Acts as an executor: fetches the package, if the payload says so, and runs the function's program. */
  async function runProgram({ spec, in: inputs }: Process, log: (text: string) => Promise<unknown>) {
    const kwargs = spec.kwargs as { cpm?: { name: string; version: string; tree: string } }
    const packages = path.join(kwargs.cpm ? await fetched(kwargs.cpm) : project, 'colony_packages')
    const root = path.join(packages, kwargs.cpm?.name ?? submitted)
    const declared = localFunctions(root, manifestOf(root), packages)
    const wanted = declared.find((one) => one.name === spec.funcname && one.executortype === spec.conditions.executortype) // prettier-ignore
    const [program = '', ...args] = wanted?.command ?? []
    const folder = fs.mkdtempSync(rig.path('node-'))
    const output = path.join(folder, 'output.json')
    const { nodename, args: given } = spec
    const { stdout } = await execa(path.join(wanted?.root ?? root, program), args, {
      cwd: folder,
      env: { CPM_OUTPUT: output, CPM_PACKAGES: packages },
      input: JSON.stringify({ nodename, args: given, kwargs: spec.kwargs, in: inputs }),
    })
    for (const line of stdout.split('\n')) await log(line)
    return JSON.parse(fs.readFileSync(output, 'utf8')) as unknown
  }

  /** Installs and proves the package on a new machine. Its tree must be the one that the workflow names. */
  async function fetched({ name, version, tree }: { name: string; version: string; tree: string }): Promise<string> {
    const folder = rig.project({ dependencies: { [name]: version } })
    const env = { CPM_HOME: fs.mkdtempSync(rig.path('executor-')), CPM_REGISTRY: rig.registry }
    const { code, stderr } = await rig.cpm('install', { cwd: folder, env })
    if (code !== 0) throw new Error(stderr)
    const lock = fs.readFileSync(path.join(folder, 'colony.lock'), 'utf8')
    if (!lock.includes(tree)) throw new Error(`${name} ${version} is not ${tree}`)
    return folder
  }

  async function submit(name: string, args: string) {
    submitted = name
    const fit = await rig.cpm(`submit ${name} --check-colony ${args}`, { cwd: project, env: live.env() })
    shown(name, `cpm submit ${name} --check-colony ${args}`, fit)
    expect([fit.code, fit.stdout]).toEqual([0, `the colony ${live.colony} can run it`])
    const result = await rig.cpm(`submit ${name} --wait --logs --json ${args}`, { cwd: project, env: live.env() })
    expect(result.code, result.stdout).toBe(0)
    const run = result.json.data as RunSnapshot & { from: string }
    expect([run.from, run.state, run.engine]).toEqual([expect.stringContaining('proven'), 'successful', 'colonyos'])
    return new Map(run.nodes.map(({ nodename, out }) => [nodename, out]))
  }

  test('hello runs in a colony', async () => {
    const out = await submit('hello', '--set name=Ada --set times=2')
    expect(out.get('shout')).toEqual(['HELLO, ADA!!!', 'HELLO, ADA!!!'])
    shown('hello', 'cpm submit hello --wait --logs', await rig.cpm('submit hello --wait --logs', { cwd: project, env: live.env() })) // prettier-ignore
  })

  test('thumbnails runs in a colony', async () => {
    const out = await submit('thumbnails', '--set pattern=stripes --set sizes[0].name=tiny --set sizes[0].edge=4')
    expect(out.get('list')).toMatchObject([{ edge: 4 }])
  })

  test('sweep runs in a colony', async () => {
    expect((await submit('sweep', '--set keep=1')).get('best')).toEqual([{ x: 0, y: 0, height: 0 }])
  })

  test('gallery runs in a colony', async () => {
    expect((await submit('gallery', '--set owner=Grace --set sweep.keep=2')).get('page')).toEqual([
      'The gallery of Grace\npicture of 8 pixels\npicture of 16 pixels\npoint 0, 0\npoint 1, 0',
    ])
  })

  test('training runs on executors that install it themselves', async () => {
    expect((await submit('training', '--set parts=2 --set epochs=4')).get('report')).toEqual([{ epoch: 4, loss: 0.0625 }]) // prettier-ignore
  })

  test('--check-colony reports what a colony lacks for an example, without submitting anything', async () => {
    const before = await live.statistics()
    const input = '--set gpu=true --workflow nightly'
    const unfit = await rig.cpm(`submit training --check-colony ${input}`, { cwd: project, env: live.env() })
    expect(unfit.code).toBe(0)
    rig.write({ 'lost/colony.yaml': 'apiVersion: v1\nname: lost\nversion: 1.0.0\n', 'lost/workflows/main.yaml': 'kind: Workflow\nfunctions: [{ nodename: a, funcname: greets, conditions: { executortype: scripts } }, { nodename: b, funcname: greets, conditions: { executortype: script } }]\n' }) // prettier-ignore
    const lost = await rig.cpm('submit lost --check-colony', { env: live.env() })
    shown('lost', 'cpm submit lost --check-colony', lost)
    expect(lost.code).toBe(10)
    expect(lost.stderr).toContain('a: there is no executor of type scripts; did you mean script?')
    expect(lost.stderr).toContain('b: no executor of type script offers greets; did you mean greet?')
    expect(await live.statistics()).toEqual(before)
  })
})
