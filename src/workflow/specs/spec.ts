export { FunctionSpec } from '../../schema/specs/function-spec.ts'
export { WorkflowSpec } from '../../schema/specs/workflow.ts'
