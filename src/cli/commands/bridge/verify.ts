import { defineBridge } from './define-bridge.ts'

export default defineBridge('verify', ['Prove what is installed', "echo '{}' | cpm bridge verify"])
