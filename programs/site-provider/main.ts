import { main } from '@pulumi/pulumi/provider/server.js';
import { siteProvider } from './provider.ts';

// Pulumi's own handler only logs, and the engine would wait for an answer for ever. When this process ends, it knows.
process.prependListener('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});

// An engine that was killed takes nobody with it: without it nothing must be written any more.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, 200).unref();

await main(siteProvider, process.argv.slice(2));
