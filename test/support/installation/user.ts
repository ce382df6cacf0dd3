import { randomUUID } from 'node:crypto';

interface Operation {
  id: string;
  kind: string;
  state: string;
  error: { code: string; message: string; console?: string[] } | null;
}

interface Hosting {
  vm_id: string;
  vm_ip: string;
  ssh_port: number;
  status: string;
  has_password: boolean;
  started_at: string | null;
  asleep_since: string | null;
  asleep_reason: string | null;
}

/** What the calls of these tests answer with; each has the part that is its own. */
interface Body {
  access_token: string;
  expires_in: number;
  data: {
    user: { id: number };
    operation: Operation;
    operations: Operation[];
    ssh_key: { id: string; state: string };
    ssh_keys: { id: string; name: string; state: string }[];
    hosting: Hosting;
    certificate: { state: string };
    domain: { records: { txt_name: string; txt_value: string } };
    web_url: string;
    site_url: string;
    ssh_command: string;
    ssh_password: string;
  };
  error?: { code: string; details: { reason: string; step: string; console: string[] } };
}

export interface Reply {
  status: number;
  headers: Headers;
  /** The answer as it is. */
  text: string;
  /** The answer as JSON, where it is that. */
  body: Body;
}

/** A person with an account and a token. */
export interface TestUser {
  userId: number;
  username: string;
  /** What they log in with. */
  account: { email: string; password: string };
  call: (
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ) => Promise<Reply>;
  /** An answer as it arrives. */
  open: (path: string) => Promise<Response>;
}

async function request(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(240_000) });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  const body = (json ? JSON.parse(text) : {}) as Body;
  return { status: response.status, headers: response.headers, text, body };
}

/** Signs up and logs in, as a person would. @param url where users reach the service */
export async function signUp(url: string): Promise<TestUser> {
  const base = `${url}/api/v1`;
  const username = `u${randomUUID().slice(0, 8)}`;
  const account = { email: `${username}@example.com`, password: 'secure123', username };
  const json = { 'content-type': 'application/json' };
  const registered = await request(`${base}/auth/register`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(account),
  });
  const authorize = authorizer(base, account);
  await authorize();
  return {
    userId: registered.body.data.user.id,
    username,
    account,
    open: async (path) => fetch(`${base}${path}`, { headers: await authorize(), signal: AbortSignal.timeout(240_000) }),
    call: async (method, path, { body, headers } = {}) =>
      request(`${base}${path}`, {
        method,
        headers: { ...(await authorize()), ...(body !== undefined && json), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

/** Gives the header of a user who logs in, and does so again when most of the token's time is over: tests may take long. */
function authorizer(base: string, { email, password }: { email: string; password: string }) {
  let current: Promise<{ authorization: string }> | undefined;
  let renewAt = 0;
  const logIn = async () => {
    const form = new URLSearchParams({ username: email, password });
    const { body } = await request(`${base}/auth/login`, { method: 'POST', body: form });
    renewAt = performance.now() + body.expires_in * 500;
    return { authorization: `Bearer ${body.access_token}` };
  };
  return () => {
    if (!current || performance.now() > renewAt) {
      renewAt = Infinity;
      current = logIn();
    }
    return current;
  };
}

/** Reads an operation's events until it reaches a step. @throws when it ends before */
export async function untilStep(user: TestUser, operationId: string, step: string): Promise<void> {
  const response = await user.open(`/operations/${operationId}/events`);
  const decoder = new TextDecoder();
  let seen = '';
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    seen += decoder.decode(chunk, { stream: true });
    if (seen.includes(`"step":"${step}"`)) return;
  }
  throw new Error(`The operation ended before the step ${step}: ${seen}`);
}
