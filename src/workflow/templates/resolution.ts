import { didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import type { OutputSize } from './result.ts'
import {
  type AbsentNode,
  type NodeDependency,
  type FileWithAbsent,
  type Group,
  type NodeRecord,
  rootsOf,
  type Round,
  type Written,
} from './groups.ts'
import { problemAt } from './problems.ts'
import type { Place, RenderedNode } from './rendered.ts'
import type { Reference, TemplateNode } from './template-node.ts'

/** the depth of a name in functions[].conditions.dependencies[] */
const DEPENDENCY_DEPTH = 5

/** Resolves the dependencies of the nodes of one file to nodes, if they name any. */
export class Resolution {
  readonly #file: FileWithAbsent
  readonly #ids: ReadonlySet<string>
  readonly #groups: ReadonlyMap<string, readonly Group[]>
  readonly #records: readonly NodeRecord[]
  readonly #problems: Problem[]
  readonly #size: OutputSize
  readonly #byName = new Map<string, NodeRecord | null>()
  readonly #open = new Set<NodeRecord | AbsentNode>()
  readonly #passedOn = new Map<AbsentNode, readonly NodeDependency[]>()

  constructor(
    file: FileWithAbsent,
    ids: ReadonlySet<string>,
    groups: ReadonlyMap<string, readonly Group[]>,
    { records, problems, size }: { records: readonly NodeRecord[]; problems: Problem[]; size: OutputSize },
  ) {
    this.#file = file
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
    // Two groups may share a node. Naming a node twice by hand remains a mistake, which the checks report.
    const byHand = [...record.resolved, ...found.filter((dep) => !isIndirect(dep))]
    const seen = new Set(byHand.map(targetOf))
    const fresh = found.filter((dep) => {
      if (!isIndirect(dep)) return true
      const isNew = !seen.has(targetOf(dep))
      seen.add(targetOf(dep))
      return isNew
    })
    record.resolved = [...record.resolved, ...fresh]
  }

  /** Returns the dependencies of an absent node. Absent nodes among them are replaced by their own dependencies. */
  passedOn(absent: AbsentNode): readonly NodeDependency[] {
    const known = this.#passedOn.get(absent)
    if (known) return known
    this.#open.add(absent)
    const found = absent.written.flatMap((entry): readonly NodeDependency[] => {
      if (entry.kind === 'reference') return this.#referred(entry.reference, absent)
      const [named] = this.#named(entry.node)
      if (named.kind === 'node') return [named]
      const others = this.#absentNamed(entry.node)
      return others.length > 0 ? this.#passOn(others, entry.node) : [{ ...named, isPassedOn: true }]
    })
    this.#open.delete(absent)
    this.#passedOn.set(absent, found)
    return found
  }

  awaited({ written, trail }: AbsentNode): readonly AbsentNode[] {
    return written.flatMap((entry) => {
      if (entry.kind === 'value') return this.#named(entry.node)[0].kind === 'node' ? [] : this.#absentNamed(entry.node)
      const groups = this.#groupsOf(entry.reference, trail)
      return groups.every(({ members }) => members.length === 0) ? groups.flatMap(({ absent }) => absent) : []
    })
  }

  #absentNamed(node: RenderedNode): readonly AbsentNode[] {
    return node.kind === 'scalar' && typeof node.value === 'string' ? this.#file.absentNamed(node.value) : []
  }

  #dependencies(entry: Written, record: NodeRecord): readonly NodeDependency[] {
    return entry.kind === 'value' ? this.#named(entry.node) : this.#referred(entry.reference, record)
  }

  #named(node: RenderedNode): [NodeDependency] {
    const named = node.kind === 'scalar' && typeof node.value === 'string' ? this.#byName.get(node.value) : undefined
    return [
      named
        ? { kind: 'node', record: named, place: node, isReferred: false }
        : { kind: 'value', node, isPassedOn: false },
    ]
  }

  #referred(reference: TemplateNode & Reference, from: NodeRecord | AbsentNode): readonly NodeDependency[] {
    const groups = this.#groupsOf(reference, from.trail)
    const members = groups.flatMap((group) => group.members)
    if (members.some((member) => member === from)) {
      this.#report(reference, `a node of ${reference.id} can't depend on ${reference.id}: it would depend on itself`)
      return []
    }
    if (members.length > 0)
      return this.#select(reference, members).map((member) => {
        this.#size.add(DEPENDENCY_DEPTH, member.name?.text.length ?? 0)
        return { kind: 'node', record: member, place: reference, isReferred: true }
      })
    this.#file.findAbsent()
    const absent = this.#groupsOf(reference, from.trail).flatMap((group) => group.absent)
    const passed = this.#passOn(reference.which === 'roots' ? absentRoots(absent) : absent, reference)
    const isRound = passed.some((dep) => dep.kind === 'node' && dep.record === from)
    if (isRound) this.#reportRound(reference)
    return isRound ? [] : passed
  }

  #passOn(absent: readonly AbsentNode[], place: Place): NodeDependency[] {
    if (absent.some((node) => this.#open.has(node))) {
      this.#reportRound(place)
      return []
    }
    const found = new Map(absent.flatMap((node) => node.file.passedOn(node)).map((dep) => [targetOf(dep), dep]))
    return [...found.values()].map((dep): NodeDependency => {
      if (dep.kind === 'value') return dep
      this.#size.add(DEPENDENCY_DEPTH, dep.record.name?.text.length ?? 0)
      return { ...dep, place, isReferred: true }
    })
  }

  #reportRound(place: Place): void {
    this.#report(place, 'dependency cycle through an empty group')
  }

  /** Returns the groups that a reference means: in loops around it, those of its own iteration; in others, all. */
  #groupsOf({ id, ...place }: TemplateNode & Reference, trail: readonly Round[]): Group[] {
    const groups = this.#groups.get(id) ?? []
    if (groups.length === 0 && !this.#ids.has(id))
      this.#report(place, `there is no $id ${id} in this file${didYouMean(id, this.#ids)}`)
    return groups.filter((group) => isSeen(group.trail, trail))
  }

  #select({ which, id, ...place }: TemplateNode & Reference, members: readonly NodeRecord[]): readonly NodeRecord[] {
    if (which === 'all') return members
    if (members.some((member) => this.#open.has(member))) {
      this.#report(place, `the $${which} of ${id} are unknown: its nodes depend on this one`)
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

/** Whether a group is visible: in the loops that both are in, they must be in the same iteration. */
function isSeen(group: readonly Round[], from: readonly Round[]): boolean {
  for (const [i, round] of group.entries()) {
    const other = from[i]
    if (other?.structure !== round.structure) return true
    if (other.number !== round.number) return false
  }
  return true
}

/** Returns what a dependency refers to: a node, or the written value. */
function targetOf(dep: NodeDependency): unknown {
  if (dep.kind === 'node') return dep.record
  return dep.node.kind === 'scalar' ? dep.node.value : dep.node
}

function isIndirect(dep: NodeDependency): boolean {
  return dep.kind === 'node' ? dep.isReferred : dep.isPassedOn
}

/** Returns the absent nodes that do not depend on others in the list. */
function absentRoots(nodes: readonly AbsentNode[]): AbsentNode[] {
  const inside = new Set(nodes)
  return nodes.filter((node) => !node.file.awaited(node).some((other) => inside.has(other)))
}
