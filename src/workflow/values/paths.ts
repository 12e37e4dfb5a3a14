import fs from 'node:fs'
import path from 'node:path'

/** A value of type `path`, and what its place says about it. */
export interface WrittenPath {
  readonly text: string
  /** the folder that it is relative to: the caller's, that of a file of values, or the package's */
  readonly folder: string
  /** it stands in the files of a package, beside what it names */
  readonly isOfPackage: boolean
}

/** What an engine makes of a path: the text that expressions see, or why it leads nowhere there. No problem repeats a value. */
export type PathPlan = (written: WrittenPath) => { text: string } | { problem: string }

/** Paths of a workflow that is looked at and not run. */
export const AS_WRITTEN: PathPlan = ({ text }) => ({ text })

/** Paths of this machine are absolute, since every node has a working folder of its own, and lead to something. */
export const LOCAL_PATHS: PathPlan = ({ text, folder }) => {
  const absolute = path.resolve(folder, text)
  if (fs.existsSync(absolute)) return { text: absolute }
  return { problem: `names no file or folder that exists, seen from ${path.resolve(folder)}` }
}

/**
 * Paths of a colony. The files of a package go to its executors by its payload, and an absolute path is one of theirs; what is
 * beside the caller or a file of values is on this machine only.
 */
export const COLONY_PATHS: PathPlan = ({ text, isOfPackage }) => {
  if (isOfPackage || path.posix.isAbsolute(text)) return { text }
  return {
    problem:
      "is relative to a folder of this machine, which executors of a colony can't reach: give an absolute path that they have, or put the file into the package",
  }
}
