import type { RequestListener } from 'node:http';
import type { Middleware } from 'koa';
import type { Services } from '../services.ts';
import { ApiClient } from './api-client.ts';
import { createAssetRouter } from './assets.ts';
import { Changes } from './changes.ts';
import { showFailures } from './failures.ts';
import { createPageRouter } from './router.ts';
import type { Web } from './visit.ts';

/** The web interface: what shows failures as pages, and the pages. @param dispatch the whole application, whose API they call */
export function createInterface(services: Services, dispatch: RequestListener) {
  const web: Web = { services, api: new ApiClient(dispatch), changes: new Changes(services) };
  const routers = [createAssetRouter(), createPageRouter(web)].map((router) => router.routes() as Middleware);
  return { showFailures: showFailures(web) as Middleware, routers };
}
