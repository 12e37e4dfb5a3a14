#!/usr/bin/env node
import '../dist/cpm.js'
