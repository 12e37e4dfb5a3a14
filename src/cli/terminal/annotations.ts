import fs from 'node:fs'
import path from 'node:path'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import type { CpmError } from '../../core/errors.ts'
import { type Problem, type Spot, spotText } from '../../core/problem.ts'
import type { CpmEvent } from '../../schema/events.ts'

/** GitHub shows only some of them anyway. */
const MOST = 50

interface Place {
  readonly cwd: string
  readonly env: EnvironmentVariables
}

/** Returns the problems of an error as annotations for GitHub Actions; none elsewhere. */
export function errorAnnotations({ code, details }: CpmError, place: Place): string[] {
  if (!isOnGitHub(place)) return []
  const { root, folder, problems = [] } = details as { root?: string; folder?: string; problems?: Partial<Problem>[] }
  const bases = [folder, root].filter((base) => base !== undefined)
  const baseOf = (file: string) => bases.find((base) => fs.existsSync(path.resolve(base, file))) ?? place.cwd
  return problems
    .filter((problem): problem is Problem => problem.file !== undefined && problem.line !== undefined)
    .slice(0, MOST)
    .map((problem) =>
      annotation('error', code, { spot: problem, message: problem.message, base: baseOf(problem.file) }, place),
    )
}

/** Returns a warning about a place in a file as an annotation for GitHub Actions; undefined elsewhere. */
export function warningAnnotation(event: CpmEvent, place: Place): string | undefined {
  if (event.type !== 'warning' || !event.place || !isOnGitHub(place)) return undefined
  const { place: spot, code } = event
  // GitHub shows the place itself.
  const message = event.message.startsWith(`${spotText(spot)} `)
    ? event.message.slice(spotText(spot).length + 1)
    : event.message
  return annotation('warning', code, { spot, message, base: spot.root }, place)
}

function isOnGitHub({ env }: Place): boolean {
  return env.get('GITHUB_ACTIONS') === 'true'
}

interface Located {
  readonly spot: Spot
  readonly message: string
  /** the folder that the file is relative to */
  readonly base: string
}

/** Paths are relative to the repository, which GitHub checks out in GITHUB_WORKSPACE. */
function annotation(
  level: 'error' | 'warning',
  title: string,
  { spot: { file, line, column }, message, base }: Located,
  { cwd, env }: Place,
): string {
  const relative = path.relative(env.get('GITHUB_WORKSPACE') ?? cwd, path.resolve(base, file))
  const properties = { file: relative.split(path.sep).join('/'), line, col: column, title }
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(String(value))}`)
  return `::${level} ${pairs.join(',')}::${escaped(message)}`
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
