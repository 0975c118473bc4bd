/** Entry of `npm run study`. */
import { main } from './measure-study'

// ONNX Runtime's threads keep Node alive, so the end is said.
process.exit(await main(process.argv.slice(2)))
