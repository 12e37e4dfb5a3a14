import { defineBridge } from './define-bridge.ts'

export default defineBridge('state', ['List what is installed', "echo '{}' | cpm bridge state"])
