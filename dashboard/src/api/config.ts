import { queryOptions } from '@tanstack/react-query';
import { problemOf } from './problem';

/** What one build is told where it runs. */
interface Config {
  mode: 'local' | 'cloud';
  version: string;
  /** Where the socket is: a path of this origin, or a whole address. */
  websocket: string;
  sign_in: ('password' | 'link')[];
}

let config: Promise<Config> | undefined;

/** It stays the same while the page is open, so it is asked for once, whoever wants it. */
export function readConfig(): Promise<Config> {
  config ??= ask().catch((error) => {
    config = undefined;
    throw error;
  });
  return config;
}

async function ask(): Promise<Config> {
  const response = await fetch('/config.json');
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: readConfig,
  staleTime: Number.POSITIVE_INFINITY,
});
