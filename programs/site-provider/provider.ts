import { isDeepStrictEqual } from 'node:util';
import type { CreateResult, DiffResult, Provider, ReadResult, UpdateResult } from '@pulumi/pulumi/provider/index.js';
import { changeSite, readSite } from './site-files.ts';

/** Inputs and state of the resource `webhoster:index:Site`. */
export interface SiteState {
  /** The proxy's folder of sites, an absolute path. */
  directory: string;
  /** Command and arguments that check the proxy's whole configuration. */
  testCommand: string[];
  /** Command and arguments that make the proxy read its configuration again. */
  reloadCommand: string[];
  /** Content by path relative to `directory`. */
  files: Record<string, string>;
}

function state(properties: SiteState): SiteState {
  const { directory, testCommand, reloadCommand, files } = properties;
  return { directory, testCommand, reloadCommand, files };
}

/** Gives the Pulumi engine the life cycle of a site; {@link changeSite} does the work. */
export const siteProvider: Provider = {
  version: '0.1.0',

  check: (_urn, _olds, news: SiteState) => Promise.resolve({ inputs: news }),

  diff: (_id, _urn, olds: SiteState, news: SiteState): Promise<DiffResult> => {
    const replaces = olds.directory === news.directory ? [] : ['directory'];
    const changes = !isDeepStrictEqual(state(olds), state(news));
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: true });
  },

  create: async (urn, inputs: SiteState): Promise<CreateResult> => {
    await changeSite({ ...state(inputs), remove: [] });
    return { id: urn.split('::').at(-1) ?? urn, outs: state(inputs) };
  },

  update: async (_id, _urn, olds: SiteState, news: SiteState): Promise<UpdateResult> => {
    const remove = Object.keys(olds.files).filter((path) => !(path in news.files));
    await changeSite({ ...state(news), remove });
    return { outs: state(news) };
  },

  read: async (id, _urn, props: SiteState): Promise<ReadResult> => {
    const files = await readSite(props.directory, Object.keys(props.files));
    if (Object.keys(files).length === 0) return { id: '', props: {} };
    return { id, props: { ...state(props), files }, inputs: { ...state(props), files } };
  },

  delete: async (_id, _urn, props: SiteState): Promise<void> => {
    await changeSite({ ...state(props), files: {}, remove: Object.keys(props.files) });
  },
};
