import path from 'node:path'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { findHome } from '../../core/home.ts'
import { isThere } from '../../core/atomic-file.ts'
import { wideFolder } from '../../core/wide-folder.ts'
import { type Project, projectAt } from '../../installer/project.ts'
import { recallUndisturbed, type UndisturbedCommand } from '../../installer/undisturbed.ts'

interface Place {
  cwd: string
  env: EnvironmentVariables
  cpmVersion: string
}

/**
 * Returns how many packages the project in a folder has, if the same command found nothing to do before and everything
 * that it looked at is still the same. It needs no session, and takes little more time than to start Node.
 */
export async function countUndisturbed(
  command: UndisturbedCommand,
  { cwd, env, cpmVersion }: Place,
): Promise<number | undefined> {
  const home = findHome(env)
  const project = nearestProject(cwd)
  if (!home || !project) return undefined
  // The command itself refuses it.
  if (project.root !== cwd && wideFolder(project.root, env) !== undefined) return undefined
  const { cache } = home
  const looked = await recallUndisturbed(project, command, {
    cache,
    env,
    cwd,
    cpmVersion,
    isSameAnswer: async (question) => {
      const { isSameAnswer } = await import('../../registry-client/same-answer.ts')
      return await isSameAnswer(question, cpmVersion)
    },
  })
  if (!looked) return undefined
  if (command === 'ci') {
    const { areUnchanged } = await import('./unchanged-entries.ts')
    if (!(await areUnchanged(looked))) return undefined
  }
  return looked.packages
}

/** Finds the project that is on its own in the nearest folder: nothing is remembered of workspaces. */
function nearestProject(start: string): Project | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const project = projectAt(folder)
    if (isThere(project.manifestFile)) return project
    if (path.dirname(folder) === folder) return undefined
  }
}
