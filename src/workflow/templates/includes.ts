import type { Evaluation, Locals } from './evaluation.ts'
import { placeIn, problemAt } from './problems.ts'
import { idsIn, payloadOf } from './document-parts.ts'
import type { Context } from './expansion.ts'
import { FileGroups } from './file-groups.ts'
import type { Library, TemplateFile } from './library.ts'
import { type Place, placeOf } from './rendered.ts'
import type { Include, TemplateNode } from './template-node.ts'

/** The maximum nesting of includes; more is a mistake. */
const MAX_DEPTH = 16

/** Opens the files that `$include` names. */
export class Includes<L> {
  readonly #library: Library
  readonly #evaluation: Evaluation<L>
  #opened = new Set<string>()
  readonly #certain = new Set<string>()

  constructor(library: Library, evaluation: Evaluation<L>) {
    this.#library = library
    this.#evaluation = evaluation
  }

  /** The packages whose files were opened as parts of the document. */
  get opened(): ReadonlySet<string> {
    return this.#opened
  }

  /** The packages among them that do not depend on a condition or loop. */
  get certain(): ReadonlySet<string> {
    return this.#certain
  }

  /** Runs `look` without counting the files it opens, since their contents do not get into the document. */
  aside(look: () => void): void {
    const before = new Set(this.#opened)
    look()
    this.#opened = before
  }

  /** Opens what an include names, and returns it with the context for its contents. */
  open(include: Include, context: Context<L>): { file: TemplateFile; inner: Context<L> } | undefined {
    const { problems } = this.#evaluation
    const place = placeIn(include.place, context)
    const includedAt = [placeOf(include.place), ...context.includedAt]
    const opened = this.#library.include(include.target, context.scope)
    if (!opened.found) {
      if (opened.message !== undefined) problems.push(problemAt(place, opened.message))
      problems.push(...opened.problems.map((problem) => problemAt(placeIn(problem, { includedAt }), problem.message)))
      return undefined
    }
    const file = opened.found
    const chain = [...context.includes, file]
    if (context.includes.includes(file) || chain.length > MAX_DEPTH) {
      const names = chain.map((entry) => entry.file).join(' -> ')
      const why = chain.length > MAX_DEPTH ? `includes are nested deeper than ${MAX_DEPTH}` : 'a file includes itself'
      problems.push(problemAt(place, `${why}: ${names}`))
      return undefined
    }
    // A partial of the same package sees our variables, as if it were written here; another package does not.
    const isOurs = file.scope === context.scope
    this.#opened.add(file.scope.source.name)
    if (!context.isOptional && !context.isRepeated) this.#certain.add(file.scope.source.name)
    const locals: Locals<L> = isOurs ? context.locals : new Map()
    const payload = file.isPartial ? context.payload : payloadOf(file.template)
    return { file, inner: { ...context, scope: file.scope, locals, includes: chain, includedAt, payload } }
  }

  /** Creates the groups of a file. Each include of the file gets its own. */
  groupsOf(template: TemplateNode, includedAt: readonly Place[]): FileGroups {
    const seen = new Set<string>()
    for (const { name, place } of idsIn(template)) {
      if (seen.has(name))
        this.#evaluation.problems.push(
          problemAt(placeIn(place, { includedAt }), `the $id ${name} is already used in this file`),
        )
      seen.add(name)
    }
    return new FileGroups(seen)
  }
}
