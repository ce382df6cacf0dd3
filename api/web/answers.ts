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
  name: string | null;
  public_key: string;
  fingerprint: string;
  installed: boolean;
  created_at: string;
}
