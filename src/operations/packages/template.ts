import type { PackageName } from '../../schema/name.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'

export interface TemplateFile {
  readonly text: string
  readonly executable: boolean
}

export type TemplateFiles = ReadonlyMap<string, TemplateFile>

/** Returns the files of a project that only uses packages. A member of a workspace needs a name. */
export function projectTemplate(name?: PackageName): TemplateFiles {
  return withManifest(`apiVersion: v1\n${name === undefined ? '' : `name: '${name}'\n`}`)
}

/** Returns the files of the root of a workspace. */
export function workspaceTemplate(): TemplateFiles {
  return withManifest(`apiVersion: v1

# Packages that share one colony.lock. Create one: cpm init packages/hello
workspace:
  members: ['packages/*']
`)
}

function withManifest(text: string): TemplateFiles {
  return new Map([
    [MANIFEST_FILE, plain(text)],
    ['.gitignore', plain(IGNORED)],
  ])
}

/** Returns the files of a package with one input, one workflow and one function. It runs and can be published as is. */
export function packageTemplate(name: PackageName): TemplateFiles {
  return new Map([
    [MANIFEST_FILE, plain(manifest(name))],
    ['workflows/main.yaml', plain(WORKFLOW)],
    ['bin/greet.mjs', { text: SCRIPT, executable: true }],
    ['tests/main.yaml', plain(TESTS)],
    ['README.md', plain(readme(name))],
    ['.gitignore', plain(IGNORED)],
  ])
}

function plain(text: string) {
  return { text, executable: false }
}

function manifest(name: PackageName): string {
  return `apiVersion: v1
name: '${name}'
version: 0.1.0
description: Say what this package does
license: MIT

# Inputs of the workflows. Set them with cpm submit --set name=Ada
inputs:
  - { key: name, type: string, description: Who to greet, default: world }

# Programs for the local engine: each reads JSON from stdin and writes an array to the file $CPM_OUTPUT
functions:
  - { executortype: script, name: greet, command: [bin/greet.mjs] }
`
}

const WORKFLOW = `kind: Workflow
functions:
  - nodename: greet
    funcname: greet
    args: ['\${inputs.name}']
    conditions: { executortype: script }
`

const TESTS = `# What the workflow must render to. Checked by cpm test and before cpm publish
cases:
  - name: greets the world by default
    assert:
      - spec.functions[0].args == ["world"]

  - name: greets the given name
    values: { name: Ada }
    assert:
      - spec.functions[0].args == ["Ada"]
`

/** Installed packages and archives can be recreated; .env files hold secrets. */
const IGNORED = `colony_packages/
*.cpm
.env
.env.*
`

const SCRIPT = `#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

const { args } = JSON.parse(readFileSync(0, 'utf8'))
const greeting = \`hello, \${args[0]}\`
console.log(greeting)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([greeting]))
`

function readme(name: PackageName): string {
  return `# ${name}

Run it on this machine: \`cpm submit . --engine local --set name=Ada\`
`
}
