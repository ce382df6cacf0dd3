import { isDeepStrictEqual } from 'node:util';
import type { CreateResult, DiffResult, Provider, ReadResult, UpdateResult } from '@pulumi/pulumi/provider/index.js';
import { specialSecretSig, specialSigKey, unwrapRpcSecret } from '@pulumi/pulumi/runtime/rpc.js';
import { changeSite, readSite } from './site-files.ts';

/** Inputs and state of the resource `webhoster:index:Site`. */
export interface SiteState {
  /** The proxy's folder of sites, an absolute path. */
  directory: string;
  /** Unix socket on which the proxy tells what it reads. */
  controlSocket: string;
  /** Content by path relative to `directory`. */
  files: Record<string, string>;
  /** As `files`; the engine encrypts what they hold. */
  secretFiles: Record<string, string>;
}

/** As they come from the engine: secrets are marked. An earlier version knew none. */
type Sent = Omit<SiteState, 'secretFiles'> & { secretFiles?: unknown };

function received({ directory, controlSocket, files, secretFiles = {} }: Sent): SiteState {
  return { directory, controlSocket, files, secretFiles: unwrapRpcSecret(secretFiles) as Record<string, string> };
}

/** For the engine to keep, with the mark that has it encrypt what is secret. */
function toKeep(state: SiteState) {
  return { ...state, secretFiles: { [specialSigKey]: specialSecretSig, value: state.secretFiles } };
}

/** Both kinds of files. */
const allFiles = ({ files, secretFiles }: Pick<SiteState, 'files' | 'secretFiles'>) => ({ ...files, ...secretFiles });

/** Gives the Pulumi engine the life cycle of a site; {@link changeSite} does the work. */
export const siteProvider: Provider = {
  version: '0.1.0',

  check: (_urn, _olds, news: Sent) => Promise.resolve({ inputs: news }),

  diff: (_id, _urn, olds: Sent, news: Sent): Promise<DiffResult> => {
    const replaces = olds.directory === news.directory ? [] : ['directory'];
    const changes = !isDeepStrictEqual(received(olds), received(news));
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: true });
  },

  create: async (urn, inputs: Sent): Promise<CreateResult> => {
    const site = received(inputs);
    await changeSite({ ...site, files: allFiles(site), remove: [] });
    return { id: urn.split('::').at(-1) ?? urn, outs: toKeep(site) };
  },

  update: async (_id, _urn, olds: Sent, news: Sent): Promise<UpdateResult> => {
    const site = received(news);
    const files = allFiles(site);
    const remove = Object.keys(allFiles(received(olds))).filter((path) => !(path in files));
    await changeSite({ ...site, files, remove });
    return { outs: toKeep(site) };
  },

  read: async (id, _urn, props: Sent): Promise<ReadResult> => {
    const site = received(props);
    const there = {
      files: await readSite(site.directory, Object.keys(site.files)),
      secretFiles: await readSite(site.directory, Object.keys(site.secretFiles)),
    };
    if (Object.keys(allFiles(there)).length === 0) return { id: '', props: {} };
    const found = toKeep({ ...site, ...there });
    return { id, props: found, inputs: found };
  },

  delete: async (_id, _urn, props: Sent): Promise<void> => {
    // The state of an earlier version, whose files are gone since a worker of this one began (api/jobs/restore-routes.ts).
    if (!('controlSocket' in props)) return;
    const site = received(props);
    await changeSite({ ...site, files: {}, remove: Object.keys(allFiles(site)) });
  },
};
