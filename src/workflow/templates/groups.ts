import { didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import type { OutputSize } from '../../expressions/result.ts'
import { problemAt } from './problems.ts'
import type { Place, RenderedNode } from './rendered.ts'
import type { Reference, Structure, TemplateNode } from './template-node.ts'

/** One round of a loop: groups made in a round are seen from within it, those of all rounds from outside. */
export interface Round {
  readonly structure: Structure
  readonly number: number
}

/** The nodes that an item with `$id` made; one for each time that it was reached. */
export interface Group {
  readonly id: string
  readonly trail: readonly Round[]
  readonly members: NodeRecord[]
}

/** What stands among the dependencies of a node, before names are known: a plain value, or a reference to a group. */
export type Written =
  | { readonly kind: 'value'; readonly node: RenderedNode }
  | { readonly kind: 'reference'; readonly reference: TemplateNode & Reference }

/** A dependency whose node is known, or a value that names none in its file. */
type Dependency =
  | { readonly kind: 'node'; readonly record: NodeRecord; readonly place: Place; readonly isReferred: boolean }
  | { readonly kind: 'value'; readonly node: RenderedNode }

/** A node of the workflow while it is made. */
export interface NodeRecord {
  readonly node: RenderedNode
  readonly trail: readonly Round[]
  /** made in a loop */
  readonly isRepeated: boolean
  /** its name, if it has one; changed by the prefixes of the includes around it */
  name: { readonly text: string; readonly isComputed: boolean } | undefined
  /** not yet resolved: what was written in the file that is being read */
  written: Written[]
  resolved: Dependency[]
}

/** The groups of one file, each time it is included anew. */
export class FileGroups {
  readonly #ids: ReadonlySet<string>
  readonly #groups = new Map<string, Group[]>()

  /** @param ids all that stand in the file, also those whose items make nothing this time */
  constructor(ids: Iterable<string>) {
    this.#ids = new Set(ids)
  }

  open(id: string, trail: readonly Round[]): Group {
    const group: Group = { id, trail, members: [] }
    this.#groups.set(id, [...(this.#groups.get(id) ?? []), group])
    return group
  }

  /**
   * Turns what the nodes of the file wait for into nodes, where it names any.
   * @param size counts the names that references come to: each node of a group may wait for each of another
   */
  resolve(records: readonly NodeRecord[], problems: Problem[], size: OutputSize): void {
    new Resolution(this.#ids, this.#groups, { records, problems, size }).run()
  }
}

/** Nodes of a group that wait for none of it. */
export function rootsOf(members: readonly NodeRecord[]): NodeRecord[] {
  const inside = new Set(members)
  return members.filter(({ resolved }) => !resolved.some((dep) => dep.kind === 'node' && inside.has(dep.record)))
}

/** functions, a node, conditions, dependencies, a name */
const DEPENDENCY_DEPTH = 5

class Resolution {
  readonly #ids: ReadonlySet<string>
  readonly #groups: ReadonlyMap<string, readonly Group[]>
  readonly #records: readonly NodeRecord[]
  readonly #problems: Problem[]
  readonly #size: OutputSize
  readonly #byName = new Map<string, NodeRecord | null>()
  readonly #open = new Set<NodeRecord>()

  constructor(
    ids: ReadonlySet<string>,
    groups: ReadonlyMap<string, readonly Group[]>,
    { records, problems, size }: { records: readonly NodeRecord[]; problems: Problem[]; size: OutputSize },
  ) {
    this.#ids = ids
    this.#groups = groups
    this.#records = records
    this.#problems = problems
    this.#size = size
    for (const record of records)
      if (record.name) this.#byName.set(record.name.text, this.#byName.has(record.name.text) ? null : record)
  }

  run(): void {
    for (const record of this.#records) this.#resolve(record)
  }

  #resolve(record: NodeRecord): void {
    if (record.written.length === 0) return
    const { written } = record
    this.#open.add(record)
    const found = written.flatMap((entry) => this.#dependencies(entry, record))
    this.#open.delete(record)
    record.written = []
    // Two groups may share a node; to name one twice by hand stays a mistake, which the checks tell.
    const byHand = [...record.resolved, ...found.filter((dep) => dep.kind === 'node' && !dep.isReferred)]
    const seen = new Set(byHand.map((dep) => dep.kind === 'node' && dep.record))
    const fresh = found.filter((dep) => {
      if (dep.kind === 'value' || !dep.isReferred) return true
      const isNew = !seen.has(dep.record)
      seen.add(dep.record)
      return isNew
    })
    record.resolved = [...record.resolved, ...fresh]
  }

  #dependencies(entry: Written, record: NodeRecord): Dependency[] {
    if (entry.kind === 'value') {
      const { node } = entry
      const named = node.kind === 'scalar' && typeof node.value === 'string' ? this.#byName.get(node.value) : undefined
      return named ? [{ kind: 'node', record: named, place: node, isReferred: false }] : [entry]
    }
    const { reference } = entry
    const members = this.#members(reference, record)
    if (members.includes(record)) {
      this.#report(reference, `a node of ${reference.id} can’t wait for ${reference.id}: it would wait for itself`)
      return []
    }
    return this.#select(reference, members).map((member) => {
      this.#size.add(DEPENDENCY_DEPTH, member.name?.text.length ?? 0)
      return { kind: 'node', record: member, place: reference, isReferred: true }
    })
  }

  /** The nodes that a reference means: those of its own rounds, or of all rounds of loops that it stands outside of. */
  #members({ id, ...place }: TemplateNode & Reference, { trail }: NodeRecord): NodeRecord[] {
    const groups = this.#groups.get(id) ?? []
    if (groups.length === 0 && !this.#ids.has(id))
      this.#report(place, `there is no $id ${id} in this file${didYouMean(id, this.#ids)}`)
    return groups.filter((group) => isSeen(group.trail, trail)).flatMap(({ members }) => members)
  }

  #select({ which, id, ...place }: TemplateNode & Reference, members: readonly NodeRecord[]): readonly NodeRecord[] {
    if (which === 'all') return members
    if (members.some((member) => this.#open.has(member))) {
      this.#report(place, `the $${which} of ${id} can’t be told: its nodes wait for this one`)
      return []
    }
    for (const member of members) this.#resolve(member)
    if (which === 'roots') return rootsOf(members)
    const awaited = new Set(members.flatMap(({ resolved }) => resolved.map((dep) => dep.kind === 'node' && dep.record)))
    return members.filter((member) => !awaited.has(member))
  }

  #report(place: Place, message: string): void {
    this.#problems.push(problemAt(place, message))
  }
}

/** As far as both stand in the same loops they must stand in the same rounds. */
function isSeen(group: readonly Round[], from: readonly Round[]): boolean {
  for (const [i, round] of group.entries()) {
    const other = from[i]
    if (other?.structure !== round.structure) return true
    if (other.number !== round.number) return false
  }
  return true
}
