/** A problem at a place in a file. Lines and columns start at 1. */
export interface Problem extends Spot {
  readonly message: string
  /** if other files include this one: each chain of includes, from the nearest to the outermost */
  readonly inclusions?: readonly (readonly Spot[])[]
}

/** A place in a file. */
export interface Spot {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Include chains to show; further ones are only counted. */
const MOST_WAYS = 3

/** `file:line:column message (included at file:line:column)` */
export function problemText(problem: Problem): string {
  const { message, inclusions = [] } = problem
  if (inclusions.length === 0) return `${spotText(problem)} ${message}`
  const ways = inclusions.slice(0, MOST_WAYS).map((way) => `at ${way.map(spotText).join(' from ')}`)
  const rest = inclusions.length > MOST_WAYS ? [`${inclusions.length - MOST_WAYS} more`] : []
  return `${spotText(problem)} ${message} (included ${[...ways, ...rest].join(', ')})`
}

/** `file:line:column` */
export function spotText({ file, line, column }: Spot): string {
  return `${file}:${line}:${column}`
}
