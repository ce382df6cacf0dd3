import { disconnect, getMonitor } from '@pulumi/pulumi/runtime/settings.js';
import { setMocks } from '@pulumi/pulumi/runtime/mocks.js';

/** What a program asked the engine for. */
export interface Declared {
  type: string;
  name: string;
  /** As they go to the engine; secrets are wrapped. */
  inputs: Record<string, unknown>;
  /** Last part of the URN. */
  parent: string;
  dependsOn: string[];
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
}

interface Request {
  getType: () => string;
  getName: () => string;
  getObject: () => { toJavaScript: () => Record<string, unknown> };
  getParent: () => string;
  getDependenciesList: () => string[];
  getIgnorechangesList: () => string[];
  getDeletebeforereplace: () => boolean;
}

interface Monitor {
  registerResource: (request: Request, callback: unknown) => Promise<void>;
}

/** Runs a program against Pulumi's mock engine. @returns the resources by name, in the order of their declaration */
export async function declaredBy(program: () => unknown): Promise<Map<string, Declared>> {
  await setMocks({
    call: () => ({}),
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs as object }),
  });
  const declared = new Map<string, Declared>();
  // The mocks are not told of resource options; the request has them.
  const monitor = getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    declared.set(request.getName(), describe(request));
    return register(request, callback);
  };
  program();
  await disconnect();
  return declared;
}

function describe(request: Request): Declared {
  const lastPart = (urn: string) => urn.split('::').at(-1) ?? '';
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject().toJavaScript(),
    parent: lastPart(request.getParent()),
    dependsOn: request.getDependenciesList().map(lastPart),
    ignoreChanges: request.getIgnorechangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
  };
}

const signature = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';

/** What is in a secret input. @throws when the input is not secret */
export function unwrapSecret(value: unknown): unknown {
  const wrapped = value as Record<string, unknown> | null;
  if (wrapped?.[signature] !== secretMark) throw new Error('this input is not secret');
  return wrapped['value'];
}
