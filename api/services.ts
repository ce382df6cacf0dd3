import type { Redis } from 'ioredis';
import type { Database } from './stores/database.ts';
import type { ApiConfig } from './config/config.ts';
import type { Logger } from './logger.ts';
import type { OpenStreams } from './http/open-streams.ts';
import type { ProgressFollower } from './operations/progress.ts';

/** What the routes work with; made once by the process's entry. */
export interface Services {
  config: ApiConfig;
  database: Database;
  redis: Redis;
  progress: ProgressFollower;
  streams: OpenStreams;
  logger: Logger;
}
