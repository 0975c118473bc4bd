/** Entry of `npm run demo`. */
import { main } from './learn'

// ONNX Runtime's threads keep Node alive, so the end is said.
process.exit(await main(process.argv.slice(2)))
