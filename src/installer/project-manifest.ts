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
  return { manifest: parseProjectManifest(bytes, project.root), text: bytes.toString('utf8') }
}

export function parseProjectManifest(text: string | Uint8Array, root?: string): ProjectManifest {
  return requireManifest(checkProjectManifest(MANIFEST_FILE, text, { unknownKeys: 'refuse' }), root).manifest
}
