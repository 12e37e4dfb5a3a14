#!/usr/bin/env node
import { main } from '../dist/cpm.js'

await main(process)
