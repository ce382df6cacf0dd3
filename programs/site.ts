import { CustomResource, type CustomResourceOptions, secret } from '@pulumi/pulumi';
import { renderCertificates, renderSite, type SiteVariables } from '../templates/site.ts';
import type { ProxyFacts } from './arguments.ts';

export interface SiteArgs extends SiteVariables {
  proxy: ProxyFacts;
}

/** What the proxy knows of a hosting. `site-provider/` writes its files. */
export class Site extends CustomResource {
  constructor(name: string, { proxy, ...variables }: SiteArgs, options: CustomResourceOptions) {
    const state = {
      directory: proxy.sitesDirectory,
      controlSocket: proxy.controlSocket,
      files: renderSite(variables),
      secretFiles: secret(renderCertificates(variables)),
    };
    super('webhoster:index:Site', name, state, { ...options, version: '0.1.0' });
  }
}
