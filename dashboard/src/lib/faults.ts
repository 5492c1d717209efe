import type { ProblemError } from '@/api/problem';

/** What the API says about a field. Its message completes “the field …”, so it begins small. */
export function fieldFault(problem: ProblemError | undefined, field: string): string | undefined {
  const message = problem?.fields.get(field);
  return message && `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/\.\.$/, '.');
}

/** What the API says that no field of the form shows. */
export function generalFault(problem: ProblemError | undefined, shown: readonly string[]): string | undefined {
  if (!problem) return undefined;
  return shown.some((field) => problem.fields.has(field)) ? undefined : problem.message;
}
