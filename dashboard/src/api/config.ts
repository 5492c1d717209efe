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

async function readConfig(): Promise<Config> {
  const response = await fetch('/config.json');
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: readConfig,
  staleTime: Number.POSITIVE_INFINITY,
});
