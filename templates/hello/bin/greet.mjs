#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

const { args } = JSON.parse(readFileSync(0, 'utf8'))
const greeting = `hello, ${args[0]}`
console.log(greeting)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([greeting]))
