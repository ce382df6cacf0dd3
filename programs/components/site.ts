import { CustomResource, type CustomResourceOptions } from '@pulumi/pulumi';
import { renderSite } from '../../templates/site.ts';
import type { ProxyFacts } from '../arguments.ts';
import { hostingNames } from '../names.ts';

export interface SiteArgs {
  userId: number;
  address: string;
  sshPort: number;
  suspended: boolean;
  proxy: ProxyFacts;
}

/** What the proxy knows of a hosting. `site-provider/` writes its files. */
export class Site extends CustomResource {
  constructor(name: string, { proxy, ...variables }: SiteArgs, options: CustomResourceOptions) {
    const { http, stream } = renderSite(variables);
    const { siteFiles } = hostingNames(variables.userId);
    const state = {
      directory: proxy.sitesDirectory,
      testCommand: proxy.testCommand,
      reloadCommand: proxy.reloadCommand,
      files: { [siteFiles.http]: http, ...(stream !== null && { [siteFiles.stream]: stream }) },
    };
    super('webhoster:index:Site', name, state, { ...options, version: '0.1.0' });
  }
}
