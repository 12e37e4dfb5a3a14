import fs from 'node:fs'
import path from 'node:path'
import { statsIfThere } from '../../core/atomic-file.ts'

/** A value of type `path`, and where it is set. */
export interface WrittenPath {
  readonly text: string
  /** the folder that it is relative to: the caller's, that of a values file, or the package's */
  readonly folder: string
  /** it is set in the files of the package that contains what it names */
  readonly isOfPackage: boolean
  /** the workflow makes what it names */
  readonly isOutput: boolean
}

/**
 * How an engine handles a path: the string that expressions see, or why the path is unusable. No problem repeats a
 * value.
 */
export type PathPlan = (written: WrittenPath) => { text: string } | { problem: string }

/** Keeps paths unchanged, for a workflow that is displayed and not run. */
export const AS_WRITTEN: PathPlan = ({ text }) => ({ text })

/**
 * Makes paths absolute for the local engine, where every node has its own working folder. They must exist; for an
 * output, its folder must.
 */
export const LOCAL_PATHS: PathPlan = ({ text, folder, isOfPackage, isOutput }) => {
  const absolute = path.resolve(folder, text)
  if (isOutput && isOfPackage && !path.isAbsolute(text))
    return { problem: "is an output in the package's own folder, whose files must not change: set it to another path" }
  if (fs.existsSync(absolute)) return { text: absolute }
  if (isOutput && isFolder(path.dirname(absolute))) return { text: absolute }
  if (isOutput)
    return { problem: `names an output in a folder that does not exist, relative to ${path.resolve(folder)}` }
  return { problem: `does not name an existing file or folder, relative to ${path.resolve(folder)}` }
}

/**
 * Keeps paths for a colony. The payload takes the files of a package to the executors, and absolute paths are paths
 * on the executor. Paths relative to the caller or to a values file exist only on this machine.
 */
export const COLONY_PATHS: PathPlan = ({ text, isOfPackage }) => {
  if (isOfPackage || path.posix.isAbsolute(text)) return { text }
  return {
    problem:
      "is relative to a folder on this machine, which executors can't reach: use an absolute path, or put the file in the package",
  }
}

function isFolder(place: string): boolean {
  return statsIfThere(place)?.isDirectory() ?? false
}
