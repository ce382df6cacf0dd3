import { main } from '@pulumi/pulumi/provider/server.js';
import { siteProvider } from './provider.ts';

// Pulumi's own handler only logs, and the engine would wait for an answer for ever; it notices when this process ends.
process.prependListener('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});

// A plugin outlives an engine that is killed, and must write nothing any more.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, 200).unref();

await main(siteProvider, process.argv.slice(2));
