import { layoutCases } from './cases/layout'
import { runCases } from './cases/run'

runCases(layoutCases)
