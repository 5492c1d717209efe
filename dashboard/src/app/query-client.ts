import { QueryClient } from '@tanstack/react-query';
import { toProblem } from '@/api/problem';

/** What the server refused it refuses again; what it could not do is worth two more tries. */
const mayPass = (error: unknown) => {
  const { status } = toProblem(error);
  return status === 0 || status === 429 || status >= 500;
};

export const makeQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: { staleTime: 30_000, retry: (failures, error) => failures < 2 && mayPass(error) },
      mutations: { retry: false },
    },
  });
