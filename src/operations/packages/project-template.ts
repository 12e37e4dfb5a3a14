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

export function plain(text: string): TemplateFile {
  return { text, executable: false }
}

/** Installed packages and archives can be recreated; .env files hold secrets. */
const IGNORED = `colony_packages/
*.cpm
.env
.env.*
`
