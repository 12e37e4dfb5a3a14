import type { Problem } from '../../core/yaml.ts'
import type { OutputSize } from './result.ts'
import type { AbsentNode, NodeDependency, FileWithAbsent, Group, NodeRecord, Round } from './groups.ts'
import { Resolution } from './resolution.ts'

/** The groups of a file. Each include of the file has its own. */
export class FileGroups implements FileWithAbsent {
  readonly #ids: ReadonlySet<string>
  readonly #groups = new Map<string, Group[]>()
  readonly #included: { readonly groups: FileGroups; readonly prefix: string }[] = []
  #leftOut: (() => void)[] = []
  readonly #absent = new Map<string, AbsentNode[]>()
  #resolution: Resolution | undefined

  /** @param ids all ids in the file, even those whose items make no nodes this time */
  constructor(ids: Iterable<string>) {
    this.#ids = new Set(ids)
  }

  open(id: string, trail: readonly Round[]): Group {
    const group: Group = { id, trail, members: [], absent: [] }
    this.#groups.set(id, [...(this.#groups.get(id) ?? []), group])
    return group
  }

  /** @param find adds the absent nodes; called only if a group turns out to be empty */
  leaveOut(find: () => void): void {
    this.#leftOut.push(find)
  }

  addAbsent(node: AbsentNode): void {
    if (node.name !== undefined) this.#absent.set(node.name, [...(this.#absent.get(node.name) ?? []), node])
  }

  /** Adds the groups of a file that this one includes. @param as the prefix of the names of its nodes */
  addIncluded(groups: FileGroups, as: string | undefined): void {
    this.#included.push({ groups, prefix: as === undefined ? '' : `${as}-` })
  }

  findAbsent(): void {
    while (this.#leftOut.length > 0) {
      const found = this.#leftOut
      this.#leftOut = []
      for (const find of found) find()
    }
    for (const { groups } of this.#included) groups.findAbsent()
  }

  absentNamed(name: string): readonly AbsentNode[] {
    const own = this.#absent.get(name) ?? []
    const included = this.#included.filter(({ prefix }) => name.startsWith(prefix))
    return [...own, ...included.flatMap(({ groups, prefix }) => groups.absentNamed(name.slice(prefix.length)))]
  }

  /**
   * Resolves the dependencies of the nodes of the file to nodes, if they name any.
   * @param size counts the names that references expand to, since each node of a group may depend on each of another
   */
  resolve(records: readonly NodeRecord[], problems: Problem[], size: OutputSize): void {
    this.#resolution = new Resolution(this, this.#ids, this.#groups, { records, problems, size })
    this.#resolution.run()
  }

  passedOn(node: AbsentNode): readonly NodeDependency[] {
    return this.#resolution?.passedOn(node) ?? []
  }

  awaited(node: AbsentNode): readonly AbsentNode[] {
    return this.#resolution?.awaited(node) ?? []
  }
}
