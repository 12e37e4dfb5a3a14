import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { run as runOption } from '../../shell/options.ts'
import { readRun, warnOfOld } from '../../../operations/runs/read-run.ts'
import { openRuns } from '../../../operations/runs/runs.ts'
import { handedOn, nextSteps, nodeDetails, runFacts, runTitle, stateMark } from '../../views/run.ts'

export default defineCommand({
  name: 'workflow get',
  summary: 'Show a run: its nodes, how long they took, why they failed, what they handed on',
  input: z.object({ run: runOption }),
  positionals: ['run'],
  examples: [
    ['The newest run', 'cpm workflow get'],
    ['A run by the beginning of its id', 'cpm workflow get 20260314-1'],
  ],
  run: async (context, { run }) => {
    const runs = await openRuns(context)
    const record = runs.records.find(run)
    const read = await readRun(context, runs, record)
    warnOfOld(context, [read])
    return { ...read.snapshot, isOld: read.unanswered !== undefined }
  },
  views: {
    human: (snapshot, style) => {
      const width = Math.max(...snapshot.nodes.map(({ nodename }) => nodename.length))
      const lines = snapshot.nodes.flatMap((node) => {
        const line = `${stateMark(node.state, style)} ${node.nodename.padEnd(width)}  ${node.state.padEnd(10)}  ${nodeDetails(node, Date.now())}`
        const out = node.out && node.out.length > 0 ? handedOn(node.out) : undefined
        return [line.trimEnd(), ...(out === undefined ? [] : [style('dim', `    → ${out}`)])]
      })
      return [
        runTitle(snapshot, style),
        ...runFacts(snapshot, style),
        ...lines,
        ...nextSteps(snapshot).map((step, index) => style('dim', `${index === 0 ? 'next:' : '     '} ${step}`)),
      ].join('\n')
    },
  },
})
