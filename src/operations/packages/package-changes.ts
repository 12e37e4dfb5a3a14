import fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { writeDependencies } from '../../schema/dependency.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { decodeText } from '../../core/text.ts'
import type { FileRow } from '../../package/file-table.ts'
import type { ComparedPackage } from './compared-package.ts'
import type { SampleWorkflow } from './sample-workflows.ts'
import { MOST_TEXT_BYTES, textChanges } from './text-changes.ts'

/** Values that only one side has, and those that differ. */
export interface Changes<T> {
  readonly added: readonly { readonly key: string; readonly after: T }[]
  readonly removed: readonly { readonly key: string; readonly before: T }[]
  readonly changed: readonly { readonly key: string; readonly before: T; readonly after: T }[]
}

/** Lines in the unified format, or why there are none. */
export type Patch = { readonly lines: readonly string[] } | { readonly omitted: 'binary' | 'too large' }

export interface FileChange {
  readonly key: string
  readonly before: FileFacts
  readonly after: FileFacts
  /** null unless patches were asked for, or if only the mode differs */
  readonly patch: Patch | null
}

export interface FileFacts {
  readonly size: number
  readonly executable: boolean
}

export interface FileChanges extends Omit<Changes<FileFacts>, 'changed'> {
  readonly changed: readonly FileChange[]
}

/** A workflow as both sides render it; null where a side doesn't have it. */
export interface WorkflowChange {
  readonly file: string
  readonly before: SampleWorkflow | null
  readonly after: SampleWorkflow | null
  readonly patch: Patch | null
}

/** Compares the sections of two manifests: inputs and dependencies by their names, the rest as a whole. */
export function manifestChanges(before: PackageManifest, after: PackageManifest) {
  const rest = ({ inputs: _, dependencies: _deps, name: _name, version: _version, ...others }: PackageManifest) =>
    new Map<string, unknown>(Object.entries(others).filter(([, value]) => value !== undefined))
  const dependencies = (manifest: PackageManifest) => new Map(Object.entries(writeDependencies(manifest.dependencies)))
  const inputs = (manifest: PackageManifest) => new Map(manifest.inputs.map(({ key, ...input }) => [key, input]))
  return {
    manifest: changes<unknown>(rest(before), rest(after)),
    dependencies: changes<unknown>(dependencies(before), dependencies(after)),
    inputs: changes<unknown>(inputs(before), inputs(after)),
  }
}

function changes<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Changes<T> {
  const added = [...after].flatMap(([key, value]) => (before.has(key) ? [] : [{ key, after: value }]))
  const removed = [...before].flatMap(([key, value]) => (after.has(key) ? [] : [{ key, before: value }]))
  const changed = [...before].flatMap(([key, value]) => {
    const now = after.get(key)
    return now === undefined || isDeepStrictEqual(value, now) ? [] : [{ key, before: value, after: now }]
  })
  return { added, removed, changed }
}

/** The most patches, in bytes of all files together: a diff is for people, or for a program that reads on. */
const MOST_PATCHED_BYTES = 8 * 1024 * 1024

/** Compares the files of two packages. @param withPatches compare the contents of text files, too */
export function fileChanges(before: ComparedPackage, after: ComparedPackage, withPatches: boolean): FileChanges {
  const byPath = ({ files }: ComparedPackage) => new Map(files.map((row) => [row.path, row]))
  const found = changes<FileRow>(byPath(before), byPath(after))
  let patched = 0
  const patchOf = (row: FileRow, now: FileRow): Patch | null => {
    if (!withPatches || row.blake3 === now.blake3) return null
    patched += row.size + now.size
    if (patched > MOST_PATCHED_BYTES) return { omitted: 'too large' }
    return patchOfFiles([before.root, row], [after.root, now])
  }
  return {
    added: found.added.map(({ key, after: row }) => ({ key, after: factsOf(row) })),
    removed: found.removed.map(({ key, before: row }) => ({ key, before: factsOf(row) })),
    changed: found.changed.map(({ key, before: row, after: now }) => {
      return { key, before: factsOf(row), after: factsOf(now), patch: patchOf(row, now) }
    }),
  }
}

function factsOf({ size, executable }: FileRow): FileFacts {
  return { size, executable }
}

type FileAt = readonly [root: string, row: FileRow]

function patchOfFiles(before: FileAt, after: FileAt): Patch {
  if ([before, after].some(([, { size }]) => size > MOST_TEXT_BYTES)) return { omitted: 'too large' }
  const [was, is] = [textOf(before), textOf(after)]
  return was === undefined || is === undefined ? { omitted: 'binary' } : patchOfTexts(was, is)
}

function patchOfTexts(before: string, after: string): Patch {
  const lines = textChanges(before, after)
  return lines ? { lines } : { omitted: 'too large' }
}

function textOf([root, { path: file }]: FileAt): string | undefined {
  const decoded = decodeText(fs.readFileSync(safeJoin(root, ...file.split('/'))))
  return 'text' in decoded && !decoded.text.includes('\0') ? decoded.text : undefined
}

/** Compares rendered workflows. */
export function workflowChanges(
  before: ReadonlyMap<string, SampleWorkflow>,
  after: ReadonlyMap<string, SampleWorkflow>,
): WorkflowChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((file): WorkflowChange[] => {
    const [was, is] = [before.get(file) ?? null, after.get(file) ?? null]
    if (was && is && 'text' in was && 'text' in is && was.text === is.text) return []
    const text = (sample: SampleWorkflow | null) => (sample === null ? '' : 'text' in sample ? sample.text : undefined)
    const [left, right] = [text(was), text(is)]
    const patch = left === undefined || right === undefined ? null : patchOfTexts(left, right)
    return [{ file, before: was, after: is, patch }]
  })
}
