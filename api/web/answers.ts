// What the pages read of the API's answers.

export interface Me {
  id: number;
  email: string;
  username: string;
  role: 'user' | 'operator';
  suspended: boolean;
  created_at: string;
}

export interface HostingData {
  hosting: {
    vm_id: string;
    vm_ip: string;
    ssh_port: number;
    status: string;
    created_at: string;
    started_at: string | null;
  };
  web_url: string;
  ssh_command: string;
  sftp_command: string;
}

export interface OperationData {
  id: string;
  kind: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed';
  step: string;
  progress: number;
  error: { code: string; message: string; console?: string[] } | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  steps: { step: string; at: string | null }[];
  expected_seconds: number;
}

export interface KeyData {
  id: string;
  name: string;
  public_key: string;
  fingerprint: string;
  state: 'pending' | 'installed' | 'removing';
  created_at: string;
}

export interface Paged {
  page: number;
  pages: number;
  total: number;
}

export interface AdminUser extends Me {
  hosting_status: string | null;
}

export interface AdminHosting {
  user_id: number;
  username: string | null;
  vm_id: string;
  vm_ip: string;
  ssh_port: number;
  status: string;
  created_at: string;
  started_at: string | null;
  stack: string;
  commands: { pulumi: string[]; virsh: string[] };
}

export interface AdminOperation extends OperationData {
  user_id: number;
  username: string | null;
  worker: string | null;
  attempt: number;
}

export interface AdminNode {
  nodes: {
    name: string;
    domain_type: string | null;
    workers: number;
    disk: { free_bytes: number; total_bytes: number } | null;
  }[];
  addresses: { free: number; total: number };
  ports: { free: number; total: number };
  queue: { queued: number; running: number };
  hostings: Record<string, number>;
}
