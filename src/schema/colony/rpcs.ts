import { type z } from 'zod'
import { ColonyFile, ColonySnapshot, FileLabel, ListedFile } from './files.ts'
import { Colony, ColonyFunction, Executor, ServerInfo, Statistics } from './members.ts'
import { Log, Process, ProcessGraph } from './process.ts'
import { Blueprint, BlueprintDefinition, Cron, Generator } from './triggers.ts'
import { Json, list } from './values.ts'

/** A request to a ColonyOS server. */
export interface Rpc<Reply extends z.ZodType = z.ZodType> {
  /** its `payloadtype` and `msgtype` */
  readonly type: string
  readonly reply: Reply
  /** sending it twice has the same effect as once */
  readonly repeatable: boolean
  /** the first version that supports it, unless every supported server does */
  readonly since?: string
  /** the server returns an empty answer to non-members */
  readonly emptyForStrangers?: boolean
}

function reading<Reply extends z.ZodType>(type: string, reply: Reply, more: Partial<Rpc> = {}): Rpc<Reply> {
  return { ...more, type, reply, repeatable: true }
}

/** Creating twice creates two, or fails because the name is taken; ending twice is an error. */
function changing<Reply extends z.ZodType>(type: string, reply: Reply, since?: string): Rpc<Reply> {
  return { type, reply, repeatable: false, ...(since !== undefined && { since }) }
}

/** Creates another one each time, which has the same content and meaning as the one before. */
function repeating<Reply extends z.ZodType>(type: string, reply: Reply): Rpc<Reply> {
  return { type, reply, repeatable: true }
}

/** A reply whose content doesn't matter. */
const Done = Json

/** The requests that cpm sends, named as in docs/colonyos.md. There are more for executors and colony owners. */
export const RPCS = {
  getServerInfo: reading('getserverinfomsg', ServerInfo, { since: '1.9.0' }),
  getColony: reading('getcolonymsg', Colony),
  getStatistics: reading('getcolonystatsmsg', Statistics, { emptyForStrangers: true }),
  getExecutors: reading('getexecutorsmsg', list(Executor)),
  getFunctions: reading('getfunctionsmsg', list(ColonyFunction)),
  submitFunction: changing('submitfuncspecmsg', Process),
  submitWorkflow: changing('submitworkflowspecmsg', ProcessGraph),
  getProcess: reading('getprocessmsg', Process),
  getProcesses: reading('getprocessesmsg', list(Process)),
  getRecentProcesses: reading('getprocesshistmsg', list(Process), { emptyForStrangers: true }),
  cancelProcess: changing('cancelprocessmsg', Done, '1.9.12'),
  removeProcess: changing('removeprocessmsg', Done),
  getGraph: reading('getprocessgraphmsg', ProcessGraph),
  getGraphs: reading('getprocessgraphsmsg', list(ProcessGraph)),
  cancelGraph: changing('cancelprocessgraphmsg', Done, '1.9.12'),
  removeGraph: changing('removeprocessgraphmsg', Done),
  getLogs: reading('getlogsmsg', list(Log)),
  addCron: changing('addcronmsg', Cron),
  getCron: reading('getcronmsg', Cron),
  getCrons: reading('getcronsmsg', list(Cron)),
  removeCron: changing('removecronmsg', Done),
  addGenerator: changing('addgeneratormsg', Generator),
  resolveGenerator: reading('resolvegeneratormsg', Generator),
  getGenerators: reading('getgeneratorsmsg', list(Generator)),
  removeGenerator: changing('removegeneratormsg', Done),
  addBlueprint: changing('addblueprintmsg', Blueprint, '1.9.6'),
  getBlueprint: reading('getblueprintmsg', Blueprint, { since: '1.9.6' }),
  updateBlueprint: changing('updateblueprintmsg', Blueprint, '1.9.6'),
  addBlueprintDefinition: changing('addblueprintdefinitionmsg', BlueprintDefinition, '1.9.6'),
  getBlueprintDefinition: reading('getblueprintdefinitionmsg', BlueprintDefinition, { since: '1.9.6' }),
  /** sent twice, it creates two revisions of the same file */
  addFile: repeating('addfilemsg', ColonyFile),
  getFile: reading('getfilemsg', list(ColonyFile)),
  getFiles: reading('getfilesmsg', list(ListedFile)),
  getFileLabels: reading('getfilelabelsmsg', list(FileLabel)),
  createSnapshot: changing('createsnapshotmsg', ColonySnapshot),
  getSnapshot: reading('getsnapshotmsg', ColonySnapshot),
  /** arrives over a websocket once the process is in the requested state */
  subscribeProcess: reading('subscribeprocessmsg', Process),
} as const satisfies Record<string, Rpc>
