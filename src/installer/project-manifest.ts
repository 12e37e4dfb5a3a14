import path from 'node:path'
import type { ProjectManifest } from '../schema/manifest.ts'
import { readUserFile } from '../core/user-files.ts'
import { checkProjectManifest, requireManifest } from '../package/manifest.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'
import type { Project } from './project.ts'

export interface ReadProject {
  readonly manifest: ProjectManifest
  readonly text: string
}

/** Reads the project's manifest. The user wrote it, so unknown keys are errors. */
export function readProjectManifest(project: Project): ReadProject {
  const bytes = readUserFile(project.manifestFile)
  const { member } = project
  // In a workspace, errors name the member.
  const at = member === undefined ? { root: project.root } : { root: path.dirname(project.lockFile), folder: member }
  return { manifest: parseProjectManifest(bytes, at), text: bytes.toString('utf8') }
}

interface ManifestPlace {
  /** the folder that the names of files in errors are relative to */
  root?: string
  /** the manifest's folder, relative to it */
  folder?: string
}

export function parseProjectManifest(
  text: string | Uint8Array,
  { root, folder = '' }: ManifestPlace = {},
): ProjectManifest {
  const file = path.posix.join(folder, MANIFEST_FILE)
  return requireManifest(checkProjectManifest(file, text, { unknownKeys: 'refuse' }), root).manifest
}
