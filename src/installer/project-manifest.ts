import path from 'node:path'
import type { ProjectManifest } from '../schema/manifest.ts'
import { decodeText } from '../core/text.ts'
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

/** A command parses the same few texts several times, which takes longer than all else it does with them. */
const parsed = new Map<string, ProjectManifest>()
const MOST_PARSED = 8

/** @throws CpmError MANIFEST_INVALID */
export function parseProjectManifest(
  text: string | Uint8Array,
  { root, folder = '' }: ManifestPlace = {},
): ProjectManifest {
  const key = typeof text === 'string' ? text : textOf(text)
  const known = key === undefined ? undefined : parsed.get(key)
  if (known) return known
  const file = path.posix.join(folder, MANIFEST_FILE)
  const { manifest } = requireManifest(checkProjectManifest(file, text, { unknownKeys: 'refuse' }), root)
  if (parsed.size >= MOST_PARSED) parsed.clear()
  if (key !== undefined) parsed.set(key, manifest)
  return manifest
}

function textOf(bytes: Uint8Array): string | undefined {
  const decoded = decodeText(bytes)
  return 'text' in decoded ? decoded.text : undefined
}
