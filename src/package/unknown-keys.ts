import { didYouMean } from '../core/did-you-mean.ts'
import type { Path } from '../core/yaml.ts'

/** What to write instead of keys from other tools, by section. */
const INSTEAD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    author: 'maintainers: [{ name: … }]',
    authors: 'maintainers: [{ name: … }]',
    contributors: 'maintainers: [{ name: … }]',
    scripts: 'functions: (cpm runs nothing at install)',
    bin: 'functions: for programs that nodes run, executables: for native programs',
    engines: "conditions: { cpm: '>=…' }",
    os: 'conditions: { architecture: […] }',
    cpu: 'conditions: { architecture: […] }',
    platforms: 'conditions: { architecture: […] }',
    kubeVersion: "conditions: { colonyos: '>=…' }",
    deps: 'dependencies:',
    requires: 'dependencies:',
    requirements: 'dependencies:',
    peerDependencies: 'dependencies: (only one version of each package is installed)',
    optionalDependencies: 'dependencies: { name: { version: …, optional: true } }',
    tags: 'keywords:',
    topics: 'keywords:',
    repo: 'repository:',
    source: 'repository:',
    sources: 'repository:',
    url: 'homepage:',
    website: 'homepage:',
    licenses: 'license:',
    params: 'inputs:',
    parameters: 'inputs:',
    arguments: 'inputs:',
    variables: 'inputs:',
    values: 'values.yaml next to colony.yaml',
    ignore: 'a .cpmignore next to colony.yaml',
    exclude: 'a .cpmignore next to colony.yaml',
    include: 'files:',
    resolutions: 'overrides:',
    workspaces: 'workspace: { members: […] }',
    title: 'description:',
    summary: 'description:',
  },
  maintainers: { mail: 'email:', homepage: 'url:', website: 'url:' },
  inputs: {
    name: 'key:',
    id: 'key:',
    enum: 'options:',
    choices: 'options:',
    minimum: 'min:',
    maximum: 'max:',
    help: 'description:',
    doc: 'description:',
    title: 'label:',
    optional: 'required: (inputs are optional by default)',
    sensitive: 'secret:',
    password: 'secret:',
    properties: 'fields:',
    value: 'default:',
  },
  functions: {
    funcname: 'name:',
    function: 'name:',
    executor: 'executortype:',
    type: 'executortype:',
    cmd: 'command:',
    run: 'command:',
    exec: 'command:',
    script: 'command:',
    args: 'command: (a list: the program, then its arguments)',
  },
  workspace: { packages: 'members:', include: 'members:', ignore: 'exclude:', excludes: 'exclude:' },
  dependencies: { range: 'version:', ref: 'version:', tag: 'version:' },
  conditions: { arch: 'architecture:', cpu: 'architecture:', engine: 'cpm:' },
}

/** Keys of other tools that a package does not need, and why. */
const NEEDLESS: Readonly<Record<string, string>> = {
  main: 'workflows/main.yaml is the main workflow',
  entrypoint: 'workflows/main.yaml is the main workflow',
  workflows: 'every document in workflows/ belongs to the package',
}

/**
 * Returns the message for an unknown key, with what to write instead if that is known.
 * @param known the keys that are allowed there
 */
export function unknownKeyMessage(at: Path, key: string, known: readonly string[]): string {
  const section = at.length === 0 ? '' : String(at[0])
  const spelling = known.find((name) => plain(name) === plain(key))
  if (spelling !== undefined) return `unknown key ${key}; did you mean ${spelling}?`
  const table = INSTEAD[section === 'devDependencies' ? 'dependencies' : section] ?? {}
  const instead = Object.hasOwn(table, key) ? table[key] : undefined
  if (instead !== undefined) return `unknown key ${key}; write ${instead}`
  const why = section === '' && Object.hasOwn(NEEDLESS, key) ? NEEDLESS[key] : undefined
  if (why !== undefined) return `unknown key ${key}; leave it out: ${why}`
  return `unknown key ${key}${didYouMean(key, known)}`
}

/** Normalizes spellings of a key such as `dev-dependencies`, `dev_dependencies` and `DevDependencies`. */
function plain(key: string): string {
  return key.toLowerCase().replace(/[-_]/g, '')
}
