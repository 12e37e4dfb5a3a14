import { isDeepStrictEqual } from 'node:util'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { Blueprint } from '../../schema/colony/triggers.ts'
import type { BlueprintSpec } from '../../schema/specs/blueprint.ts'
import type { SpecDocument } from '../../schema/specs/documents.ts'
import { CpmError } from '../../core/errors.ts'
import { exactJson } from '../../core/exact-json.ts'
import type { ColonyClient } from './client.ts'
import { keptDefinition } from './kept-definition.ts'
import { wireTemplate } from './wire-spec.ts'

/** Documents that are added to a colony and stay there, rather than run once. */
export type LastingDocument = Exclude<SpecDocument, { kind: 'Workflow' | 'Function' }>

export interface AddedDocument {
  readonly kind: LastingDocument['kind']
  readonly name: string
  readonly id: string
  /** whether it was added, was already there unchanged, or was changed */
  readonly outcome: 'added' | 'unchanged' | 'changed'
  /** the parts of the document that the server doesn't keep, as paths */
  readonly dropped?: readonly string[]
}

/** Returns the part of a document that is sent, which `--dry-run` also shows. */
export function wireDocument(document: LastingDocument, colony: string): Record<string, unknown> {
  switch (document.kind) {
    case 'Cron': {
      const { name, cronexpression = '', interval = -1, waitforprevprocessgraph } = document
      const workflowspec = wireTemplate(document, colony)
      return {
        colonyname: colony,
        name,
        cronexpression,
        interval,
        random: false,
        workflowspec,
        waitforprevprocessgraph,
      }
    }
    case 'Generator': {
      const { name, trigger, timeout } = document
      return { colonyname: colony, name, workflowspec: wireTemplate(document, colony), trigger, timeout }
    }
    case 'Blueprint': {
      const { definition: kind, metadata, spec } = document
      return { kind, metadata: { ...metadata, colonyname: colony }, spec }
    }
    case 'BlueprintDefinition': {
      const { metadata, spec } = document
      return { kind: spec.names.kind, metadata: { ...metadata, colonyname: colony }, spec }
    }
  }
}

/**
 * Adds a document to a colony. Names are unique there, so repeating the call finds the first one.
 * @throws CpmError COLONY_REFUSED if the name is taken by something that can't be changed
 */
export async function addDocument(client: ColonyClient, document: LastingDocument): Promise<AddedDocument> {
  const { colony } = client
  const wire = wireDocument(document, colony)
  switch (document.kind) {
    case 'Cron': {
      const there = (await client.call(RPCS.getCrons, { colonyname: colony, count: MOST })).find(
        ({ name }) => name === document.name,
      )
      if (there) return unchanged(document, there.cronid, there, wire)
      const { cronid } = await client.call(RPCS.addCron, { cron: wire })
      return { kind: document.kind, name: document.name, id: cronid, outcome: 'added' }
    }
    case 'Generator': {
      const there = (await client.call(RPCS.getGenerators, { colonyname: colony, count: MOST })).find(
        ({ name }) => name === document.name,
      )
      if (there) return unchanged(document, there.generatorid, there, wire)
      const { generatorid } = await client.call(RPCS.addGenerator, { generator: wire })
      return { kind: document.kind, name: document.name, id: generatorid, outcome: 'added' }
    }
    case 'Blueprint': {
      const { name } = document.metadata
      const there = await orNothing(client.call(RPCS.getBlueprint, { namespace: colony, name }))
      if (!there) {
        const { blueprintid } = await client.call(RPCS.addBlueprint, { blueprint: wire })
        return { kind: document.kind, name, id: blueprintid, outcome: 'added' }
      }
      const isSame = isSameBlueprint(there, document)
      if (!isSame) await client.call(RPCS.updateBlueprint, { blueprint: wire, forcegeneration: false })
      return { kind: document.kind, name, id: there.blueprintid, outcome: isSame ? 'unchanged' : 'changed' }
    }
    case 'BlueprintDefinition': {
      const { name } = document.metadata
      const { spec: kept, dropped } = keptDefinition(document.spec)
      const added = (id: string, outcome: AddedDocument['outcome']) => ({
        ...{ kind: document.kind, name, id, outcome },
        ...(dropped.length > 0 && { dropped: dropped.map((path) => `spec.${path}`) }),
      })
      const there = await orNothing(client.call(RPCS.getBlueprintDefinition, { colonyname: colony, name }))
      if (there) {
        const id = there.blueprintdefinitionid
        if (isDeepStrictEqual(plain(keptDefinition(there.spec).spec), plain(kept))) return added(id, 'unchanged')
        throw taken({ kind: document.kind, name }, id, ['spec'])
      }
      const { blueprintdefinitionid } = await client.call(RPCS.addBlueprintDefinition, { blueprintdefinition: wire })
      return added(blueprintdefinitionid, 'added')
    }
  }
}

const MOST = 1000

/** Accepts an identical document. The server can't change crons and generators, and cpm never removes one. */
function unchanged(
  { kind, name }: LastingDocument & { name: string },
  id: string,
  there: Record<string, unknown>,
  wanted: Record<string, unknown>,
): AddedDocument {
  const differing = Object.keys(wanted).filter((key) => key in there && !isSame(there[key], wanted[key]))
  if (differing.length === 0) return { kind, name, id, outcome: 'unchanged' }
  throw taken({ kind, name }, id, differing)
}

function taken(
  { kind, name }: Pick<AddedDocument, 'kind' | 'name'>,
  id: string,
  differing: readonly string[],
): CpmError {
  return new CpmError(
    'COLONY_REFUSED',
    `the colony already has a ${kind} ${name} with a different ${differing.join(', ')}`,
    {
      hint: `${removal({ kind, name, id })}, then submit again`,
      details: { kind, name, id, differing },
    },
  )
}

/** Returns the colonies command that removes it. The user types it, so it only contains plain words. */
function removal({ kind, name, id }: Pick<AddedDocument, 'kind' | 'name' | 'id'>): string {
  const known = /^[0-9a-f]{64}$/.test(id) ? id : 'ID'
  const word = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? name : 'NAME'
  switch (kind) {
    case 'Cron':
      return `colonies cron remove --cronid ${known}`
    case 'Generator':
      return `colonies generator remove --generatorid ${known}`
    case 'Blueprint':
      return `colonies blueprint remove --name ${word}`
    case 'BlueprintDefinition':
      return `colonies blueprint definition remove --name ${word}`
  }
}

/** Returns whether a blueprint is up to date. Ignores fields that the server adds to the metadata. */
function isSameBlueprint(there: Blueprint, { definition, metadata, spec }: BlueprintSpec): boolean {
  const { labels = {}, annotations = {}, locationname = '' } = metadata
  const { metadata: known } = there
  return isDeepStrictEqual(
    plain({ kind: definition, spec, labels, annotations, locationname }),
    plain({
      kind: there.kind,
      spec: there.spec ?? {},
      labels: known.labels ?? {},
      annotations: known.annotations ?? {},
      locationname: known.locationname,
    }),
  )
}

/** Converts data to plain JSON for a comparison. */
function plain(value: unknown): unknown {
  return JSON.parse(exactJson(value))
}

/** Compares values. The server may have reformatted the JSON of a workflow. */
function isSame(there: unknown, wanted: unknown): boolean {
  if (there === wanted) return true
  try {
    return isDeepStrictEqual(JSON.parse(String(there)), JSON.parse(String(wanted)))
  } catch {
    return false
  }
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CpmError && error.code === 'COLONY_REFUSED' && /not found|is nil/i.test(error.message))
      return undefined
    throw error
  }
}
